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


def join(wlan, host_name, networks, state, ports, deadline_ms, idle):
    """Return once there is an address; OSError at the deadline (RTC ms) or if nobody answers.

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
        if _attempt(wlan, networks[attempts[0]], state.lease, ports, deadline_ms, idle):
            return
        state.lease_due = 0
    for number in attempts:
        if _attempt(wlan, networks[number], None, ports, deadline_ms, idle):
            state.network = number
            state.lease = b"".join([_packed(text) for text in wlan.ifconfig()])
            state.lease_due = ticks + _LEASE_MS
            return
    raise OSError("Wi-Fi: no network answers")


def _attempt(wlan, section, lease, ports, deadline_ms, idle):
    """Return whether one network let us in, tried with a lease got before or by DHCP."""
    begin = ports.rtc_ms()
    if begin >= deadline_ms:
        raise OSError("Wi-Fi: no time left to join")
    # A connect while another one is running raises, and only this ends that.
    wlan.disconnect()
    wlan.ifconfig(_addresses(lease) if lease else "dhcp")
    wlan.connect(section["ssid"], section["password"] or None)
    while not wlan.isconnected():
        passed = ports.rtc_ms() - begin
        failed = wlan.status() not in (network.STAT_CONNECTING, network.STAT_IDLE)
        if passed > _ATTEMPT_MS or (failed and passed > _STALE_MS):
            wlan.disconnect()
            return False
        idle()
        time.sleep_ms(_STEP_MS)
    return True


def _packed(text):
    return bytes([int(part) for part in text.split(".")])


def _addresses(lease):
    """Return the four addresses of ifconfig from their 16 bytes."""
    parts = [lease[i : i + 4] for i in range(0, 16, 4)]
    return tuple([".".join([str(octet) for octet in part]) for part in parts])
