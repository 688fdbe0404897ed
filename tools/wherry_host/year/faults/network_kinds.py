"""Faults of the access point, of the network behind it, and of the name and time servers."""

from functools import partial

from wherry_host.virtual.access_point import RANGE
from wherry_host.year.faults.strength import scaled

# A prime number of seconds, so that the turns fall at any time of a period.
_TURN_US = 1_997_000_000
_SECOND = "02:00:00:00:02:01"


def lose_access_point(life, fault):
    _set_air(life, up=False)
    return partial(_set_air, life, up=True)


def lose_internet(life, fault):
    _set_air(life, uplink=False)
    return partial(_set_air, life, uplink=True)


def _set_air(life, **switches):
    life.wifi.set_air(life.clock.us, **switches)
    life.watch_wifi()


def move_access_point(life, fault):
    """Replace the access point by another one, on another channel than the first one's."""
    number = fault.strength + 1
    _set_point(life, bssid=f"02:00:00:00:01:{number:02x}", channel=1 + number % 5)


def roam(life, fault):
    """Let two access points of the network come and go in turns, until the fault ends."""
    if life.site.roam_turn:
        return None
    is_over = []

    def turn():
        if not is_over:
            life.site.roam_turn = life.site.roam_turn % 4 + 1
            _set_point(life)
            life.clock.after(_TURN_US, turn)

    def end():
        is_over.append(True)
        life.site.roam_turn = 0
        _set_point(life)

    turn()
    return end


def renumber(life, fault):
    """Let DHCP assign the addresses of another network, until the fault ends."""
    before = {"range": life.site.point.get("range", RANGE)}
    _set_point(life, range=f"192.168.{100 + fault.strength}")
    return partial(_set_point, life, **before)


def _set_point(life, **changes):
    """Change the access point, and show it, or the second one of the network, or both."""
    site = life.site
    site.point = first = site.point | changes
    second = first | {"bssid": _SECOND, "channel": 1 + first["channel"] % 11}
    points = ([first], [second], [second, first], [first], [first, second])[site.roam_turn]
    life.wifi.set_points(life.clock.us, points)
    life.watch_wifi()


def switch(server, name, value):
    """Return a kind's function that sets a switch of the name server or the time server."""

    def begin(life, fault):
        switches = getattr(life.site, server).switches
        before = type(switches)()
        setattr(switches, name, value(fault.strength) if callable(value) else value)
        return lambda: setattr(switches, name, getattr(before, name))

    return begin


def mislead(life, fault):
    """Set the clock of the first time server 2 h to 15 years off, until the fault ends."""
    first, others = life.site.first_time_server, life.site.time_server
    size_ms = scaled((7_200_000, 5e11), fault.strength)
    off_ms = size_ms if fault.strength % 2 else -size_ms
    first.switches = others.switches.model_copy(update={"offset_ms": off_ms})
    return lambda: setattr(first, "switches", others.switches)


def offset_ms(strength):
    """Return 0.1 s to 4 min, early or late: a larger correction needs a second source."""
    size_ms = scaled((100, 240_000), strength)
    return size_ms if strength % 2 else -size_ms
