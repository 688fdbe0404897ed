"""Joins one of the configured Wi-Fi networks, remembers how, and trusts no status too early.

The driver's own retries are off, for their counter is never reset. `status()` shows the failure
of an earlier attempt, and `isconnected()` stays True for seconds after the access point is gone,
so time decides, and exchanges that fail. Loaded on demand.
"""

import time

import network
from micropython import const

_ATTEMPT_MS = const(6_000)
# Before this a failure code may be that of the attempt before.
_STALE_MS = const(3_000)
_STEP_MS = const(50)
_LEASE_MS = const(6 * 3600 * 1000)
# The reason code of IEEE 802.11 for an authentication that is no longer valid.
_AUTH_EXPIRE = const(2)


def join(wlan, host_name, networks, state, ports, deadline_ms, idle):
    """Return once there is an address.

    Raises OSError at the deadline (RTC ms), or with the failure of each network.

    `host_name` is the node's name for the access point, at most 32 bytes. `networks` are the
    [[wifi]] sections, tried from the one that worked last; the lease that the state keeps saves
    DHCP for six hours.
    """
    try:
        _join(wlan, host_name, networks, state, ports, deadline_ms, idle)
    except RuntimeError as error:
        # The driver reports its errors so.
        raise OSError("Wi-Fi: %s" % error) from None


def _join(wlan, host_name, networks, state, ports, deadline_ms, idle):
    network.hostname(host_name)
    wlan.active(True)
    wlan.config(reconnects=0)
    ticks = ports.rtc_ms() - state.zero_ms
    attempts = [(state.network + i) % len(networks) for i in range(len(networks))]
    if state.lease_due > ticks:
        if not _attempt(wlan, networks[attempts[0]], state.lease, ports, deadline_ms, idle):
            return
        state.lease_due = 0
    failures = []
    for number in attempts:
        code = _attempt(wlan, networks[number], None, ports, deadline_ms, idle)
        if code == _AUTH_EXPIRE:
            # An access point that still has the last connection refuses the first try.
            code = _attempt(wlan, networks[number], None, ports, deadline_ms, idle)
        if not code:
            state.network = number
            state.lease = b"".join([_packed(text) for text in wlan.ifconfig()])
            state.lease_due = ticks + _LEASE_MS
            return
        failures.append((networks[number]["ssid"], code))
    import wifi_failure

    raise OSError(wifi_failure.words(failures))


def _attempt(wlan, section, lease, ports, deadline_ms, idle):
    """Try to join a network, with a lease got before or by DHCP; return 0, or the last status."""
    begin = ports.rtc_ms()
    if begin >= deadline_ms:
        raise OSError("Wi-Fi: no time left to join")
    # A connect while another one is running raises, and only this ends that.
    wlan.disconnect()
    _set_addresses(wlan, lease)
    wlan.connect(section["ssid"], section["password"] or None)
    while not wlan.isconnected():
        passed = ports.rtc_ms() - begin
        code = wlan.status()
        failed = code not in (network.STAT_CONNECTING, network.STAT_IDLE)
        if passed > _ATTEMPT_MS or (failed and passed > _STALE_MS):
            wlan.disconnect()
            return code
        idle()
        time.sleep_ms(_STEP_MS)
    return 0


def _set_addresses(wlan, lease):
    """Use the addresses of a lease, or DHCP where it is None."""
    if lease:
        wlan.ifconfig(_addresses(lease))
        return
    try:
        wlan.ifconfig("dhcp")
    except RuntimeError:
        pass  # 0x5004: DHCP still runs, because the last connection has ended just now.


def _packed(text):
    return bytes([int(part) for part in text.split(".")])


def _addresses(lease):
    """Return the four addresses of ifconfig from their 16 bytes."""
    parts = [lease[i : i + 4] for i in range(0, 16, 4)]
    return tuple([".".join([str(octet) for octet in part]) for part in parts])
