"""Joins one of the configured Wi-Fi networks, remembers how, and falls back if that fails.

First it uses the access point and the addresses of the last join, without scan and DHCP. If they
do not work within 5 s, it tries each network, by DHCP or with its configured addresses.
Loaded on demand.
"""

import network
from micropython import const
from station import AUTH_EXPIRE, Station
from wherry.stage.memory import BSSID_AT, CHARGE_AT

_ATTEMPT_MS = const(6_000)
# A join as before may take 5 s in all: with configured addresses it is quick, and the name server
# has the other 1.4 s to answer.
_FAST_MS = const(5_000)
_FAST_STATIC_MS = const(3_600)
_LEASE_MS = const(6 * 3600 * 1000)
_WEAK_DBM = const(-75)
# A scan takes 2.5 s, during which no row is kept.
_SCAN_MS = const(3_000)
_UNKNOWN = bytes(6)


def join(wlan, host_name, networks, state, ports, deadline_ms, idle):
    """Return once the node has an address.

    Raises OSError at the deadline (RTC ms), or with the failure of each network.

    `host_name` is the node's name for the access point, at most 32 bytes. `networks` are the
    [[wifi]] sections, tried from the last one that worked.
    """
    station = Station(wlan, ports, deadline_ms, idle)
    try:
        network.hostname(host_name)
        wlan.active(True)
        wlan.config(reconnects=0)
        ticks = ports.rtc_ms() - state.zero_ms
        if not _as_before(station, networks, state, ticks):
            _anew(station, networks, state, ticks)
        if wlan.status("rssi") < _WEAK_DBM:
            # The next join by DHCP may choose a better access point.
            state.busy[BSSID_AT:CHARGE_AT] = _UNKNOWN
    except RuntimeError as error:
        # The driver raises RuntimeError for its errors.
        raise OSError("Wi-Fi: %s" % error) from None


def _as_before(station, networks, state, ticks):
    """Join in the same way as last time; return False and forget that join if it fails."""
    number = state.network % len(networks)
    section = networks[number]
    own, bssid = section.get("addresses"), bytes(state.busy[BSSID_AT:CHARGE_AT])
    bssid = bssid if bssid != _UNKNOWN else None
    is_leased = state.lease_due > ticks
    if not (is_leased or bssid):
        return False
    addresses = own or (station.addresses(state.lease) if is_leased else None)
    most_ms = _FAST_STATIC_MS if is_leased else _FAST_MS
    if not station.attempt(section, addresses, bssid, most_ms):
        if not is_leased:
            _remember(station, number, section, bssid, state, ticks)
            return True
        # Configured addresses are valid, even if the name server does not answer.
        if own or station.reaches_name_server(addresses[3]):
            return True
    state.lease_due = 0
    state.busy[BSSID_AT:CHARGE_AT] = _UNKNOWN
    return False


def _anew(station, networks, state, ticks):
    """Join the first network that accepts the node; try networks found by a scan first."""
    numbers = [(state.network + i) % len(networks) for i in range(len(networks))]
    heard = {}
    if _is_to_scan(station.ports, networks, state, ticks):
        import access_points

        heard = access_points.strongest(station.wlan)
    names = [section["ssid"].encode() for section in networks]
    failures = []
    numbers = [i for i in numbers if names[i] in heard] + [
        i for i in numbers if names[i] not in heard
    ]
    for number in numbers:
        section, bssid = networks[number], heard.get(names[number])
        code = station.attempt(section, section.get("addresses"), bssid, _ATTEMPT_MS)
        if code == AUTH_EXPIRE:
            # An access point that still holds the last connection refuses the first try.
            code = station.attempt(section, section.get("addresses"), bssid, _ATTEMPT_MS)
        if not code:
            _remember(station, number, section, bssid, state, ticks)
            return
        failures.append((section["ssid"], code))
    import wifi_failure

    raise OSError(wifi_failure.words(failures))


def _is_to_scan(ports, networks, state, ticks):
    """Return whether to scan: on battery, if no upload has failed and no row is due soon."""
    is_at_leisure = not state.failures and state.sample_due - ticks > _SCAN_MS
    return ports.on_battery and is_at_leisure and not all(s.get("hidden") for s in networks)


def _remember(station, number, section, bssid, state, ticks):
    state.network = number
    state.lease = station.packed()
    state.lease_due = ticks + section.get("lease_max_ms", _LEASE_MS)
    state.busy[BSSID_AT:CHARGE_AT] = bssid or _UNKNOWN
