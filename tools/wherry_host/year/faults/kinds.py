"""The kinds of faults of a simulated life.

A kind is a function that begins the fault at its moment, and may return another that ends it. The
strength, from 0 to 100, is the fault's duration, or how large it is.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from wherry_host.server.faults import Fault as ServerFault

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_OUTAGE = _MINUTE_S, 3 * _DAY_S
_TROUBLE = _MINUTE_S, 12 * _HOUR_S
# ESP32 data sheets: the 150 kHz oscillator; the 3,000 ppm and 20 ppm/K.
_DRIFT_PPM, _DRIFT_PPM_PER_K, _NOISE_PPM = 3_000, 20, 10
_HOUR_US = 3_600_000_000


class Kind(NamedTuple):
    """`begin(life, fault)` begins a fault; `span_s` are its shortest and longest durations.

    `a_year` is the mean number in a year of a life that has the kind.
    """

    begin: Callable
    span_s: tuple = (0, 0)
    a_year: float = 12


def scaled(span, strength):
    """Return a value between two others, in equal ratios from a strength of 0 to one of 100."""
    low, high = span
    return low * (high / low) ** (strength / 100) if low else 0


# The network


def _lose_access_point(life, fault):
    _set_air(life, up=False)
    return partial(_set_air, life, up=True)


def _lose_internet(life, fault):
    _set_air(life, uplink=False)
    return partial(_set_air, life, uplink=True)


def _set_air(life, **switches):
    life.wifi.set_air(life.clock.us, **switches)
    life.watch_wifi()


def _move_access_point(life, fault):
    """Replace the access point by another one, on another channel."""
    number = fault.strength + 1
    _set_point(life, bssid=f"02:00:00:00:01:{number:02x}", channel=1 + number % 11)


def _renumber(life, fault):
    """Let DHCP assign the addresses of another network."""
    _set_point(life, range=f"192.168.{100 + fault.strength}")


def _set_point(life, **changes):
    point = life.wifi.access_points[0] | changes
    life.wifi.set_points(life.clock.us, [point])
    life.watch_wifi()


def _switch(server, name, value):
    """Return a kind's function that sets a switch of the name server or the time server."""

    def begin(life, fault):
        switches = getattr(life.site, server).switches
        before = type(switches)()
        setattr(switches, name, value(fault.strength) if callable(value) else value)
        return lambda: setattr(switches, name, getattr(before, name))

    return begin


def _offset_ms(strength):
    """Return 0.1 s to 4 min, early or late: more needs a second source to be found."""
    size_ms = scaled((100, 240_000), strength)
    return size_ms if strength % 2 else -size_ms


# The servers


def _certify(kind):
    """Return a kind's function by which all servers show a certificate with a fault."""

    def begin(life, fault):
        shown = life.site.shown
        shown.append(kind)
        life.site.show_certificates()

        def end():
            while kind in shown:
                shown.remove(kind)
            life.site.show_certificates()

        return end

    return begin


def _serve(kind, **details):
    """Return a kind's function by which all servers have a fault of server/faults.py."""

    def begin(life, fault):
        own = {name: get(life, fault) if callable(get) else get for name, get in details.items()}
        if None in own.values():
            return None
        added = ServerFault(kind=kind, **own)
        life.site.faults.add(added)

        def end():
            kept = [each for each in life.site.faults.all() if each is not added]
            life.site.faults.put(kept)

        return end

    return begin


def _a_channel(life, fault):
    """Return the name at the server of a channel that it has stored, or None."""
    names = sorted({name for known in life.site.store.points.values() for name, _ in known})
    return names[fault.at_s % len(names)] if names else None


def _few(life, fault):
    return 1 + fault.strength // 20


def _early(life, fault):
    """Return a number of bytes: in the handshake, in the head or in a body."""
    return round(scaled((100, 6_000), fault.strength))


# The sensors


def _break_sensor(kind):
    def begin(life, fault):
        names = life.site.breakable
        if not names:
            return None
        name = names[fault.at_s % len(names)]
        life.bus.set_fault(name, kind)
        life.site.witness.broken(name, life.clock.us)

        def end():
            life.bus.set_fault(name, None)
            life.site.witness.repaired(name, life.clock.us)

        return end

    return begin


# The supply and the clock


def _cut(life, fault):
    life.power.fail(_off_us(fault))


def _brown_out(life, fault):
    """The power fails in one of the next flash operations, and returns soon."""
    life.power.fail_in_flash(fault.strength, 1_000_000)


def _press_button(life, fault):
    """The reset button is pressed up to 5 s after the next start of the radio."""
    life.power.fail_in_upload(fault.strength * 50_000)


def _off_us(fault):
    return round(scaled((1, _DAY_S), fault.strength) * 1_000_000)


def _drift(life, fault):
    """From now on the RTC clock drifts, by up to 0.3 % and with the temperature."""
    is_first = life.drift_ppm is None
    life.drift_ppm = _DRIFT_PPM * (fault.strength - 50) / 50
    if is_first:
        _drift_on(life)


def _drift_on(life):
    celsius = life.site.witness.quantity("temperature", life.clock.us)
    noise_ppm = life.site.chance.uniform(-_NOISE_PPM, _NOISE_PPM)
    ppm = life.drift_ppm + _DRIFT_PPM_PER_K * (celsius - 20) + noise_ppm
    life.port.set_drift(round(1000 * ppm))
    life.clock.after(_HOUR_US, _drift_on, life)


KINDS = {
    "access_point": Kind(_lose_access_point, _OUTAGE),
    "channel": Kind(_move_access_point),
    "lease": Kind(_renumber),
    "internet": Kind(_lose_internet, _OUTAGE),
    "dns_silent": Kind(_switch("name_server", "dead", True), _TROUBLE),
    "dns_unknown": Kind(_switch("name_server", "nxdomain", True), _TROUBLE),
    "dns_forged": Kind(_switch("name_server", "wrong_id", True), _TROUBLE),
    "ntp_silent": Kind(_switch("time_server", "dead", True), _OUTAGE),
    "ntp_wrong": Kind(_switch("time_server", "offset_ms", _offset_ms), _TROUBLE),
    "ntp_kiss": Kind(_switch("time_server", "kiss", "RATE"), _TROUBLE),
    "ntp_unsynchronised": Kind(_switch("time_server", "unsynchronised", True), _TROUBLE),
    "ntp_forged": Kind(_switch("time_server", "wrong_origin", True), _TROUBLE),
    "certificate_expired": Kind(_certify("expired"), _OUTAGE),
    "certificate_early": Kind(_certify("not_yet_valid"), _TROUBLE),
    "certificate_other": Kind(_certify("other_authority"), _TROUBLE),
    "certificate_name": Kind(_certify("wrong_name"), _TROUBLE),
    "port_closed": Kind(_serve("refuse"), _OUTAGE),
    "silence": Kind(_serve("silence"), _TROUBLE),
    "line_cut": Kind(_serve("cut", after_size=_early, direction="up", times=_few)),
    "answer_cut": Kind(_serve("cut", after_size=_early, times=_few)),
    "line_stall": Kind(_serve("stall", after_size=_early, direction="up", times=_few)),
    "answer_lost": Kind(_serve("drop", times=_few)),
    "moved": Kind(_serve("status", status=301), _TROUBLE),
    "refused": Kind(_serve("status", status=400), _TROUBLE),
    "denied": Kind(_serve("status", status=401), _OUTAGE),
    "forbidden": Kind(_serve("status", status=403), _TROUBLE),
    "missing": Kind(_serve("status", status=404), _TROUBLE),
    "timed_out": Kind(_serve("status", status=408), _TROUBLE),
    "too_large": Kind(_serve("status", status=413), _TROUBLE),
    "busy": Kind(_serve("status", status=429), _TROUBLE),
    "busy_until": Kind(_serve("status", status=429, retry_after_s=30), _TROUBLE),
    "server_error": Kind(_serve("status", status=500), _OUTAGE),
    "bad_gateway": Kind(_serve("status", status=502), _TROUBLE),
    "unavailable": Kind(_serve("status", status=503, retry_after_s=120), _TROUBLE),
    "bad_channel": Kind(_serve("poison", channel=_a_channel), _TROUBLE),
    "stored_less": Kind(_serve("short", channel=_a_channel), _TROUBLE),
    "sensor_absent": Kind(_break_sensor("absent"), _OUTAGE),
    "sensor_timeout": Kind(_break_sensor("timeout"), _TROUBLE),
    "sensor_stuck": Kind(_break_sensor("stuck"), _TROUBLE),
    "power_cut": Kind(_cut),
    "brown_out": Kind(_brown_out, a_year=24),
    "button": Kind(_press_button, a_year=24),
    "drift": Kind(_drift, a_year=0),
}  # fmt: skip
