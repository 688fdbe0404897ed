"""The station: one attempt to join a network, without trusting an early status.

The driver's own retries are off, because their counter is never reset. `status()` can show the
failure of an earlier attempt, and `isconnected()` stays True for seconds after the access point is
gone, so timeouts and failed exchanges decide. Loaded on demand.
"""

import os
import time

import network
from micropython import const

# Before this time a failure code may be from the previous attempt.
_STALE_MS = const(3_000)
_STEP_MS = const(50)
# The reason code of IEEE 802.11 for an expired authentication.
AUTH_EXPIRE = const(2)
_NAME_SERVER_MS, _NAME_SERVER_TRIES = const(700), const(2)


class Station:
    """`deadline_ms` is an RTC time; `idle` is called at least every 100 ms while waiting."""

    def __init__(self, wlan, ports, deadline_ms, idle):
        self.wlan = wlan
        self.ports = ports
        self._deadline_ms = deadline_ms
        self._idle = idle

    def attempt(self, section, addresses, bssid, most_ms):
        """Try for `most_ms` to join a network; return 0 on success, or the status.

        `addresses` are the four of ifconfig, or None for DHCP; `bssid` selects an access point;
        None means any. Raises OSError if no time is left.
        """
        wlan, begin = self.wlan, self.ports.rtc_ms()
        if begin >= self._deadline_ms:
            raise OSError("Wi-Fi: no time left to join")
        # During another attempt `connect` would raise: end that attempt first.
        wlan.disconnect()
        self._set_addresses(addresses)
        wlan.connect(section["ssid"], section["password"] or None, bssid=bssid)
        while not wlan.isconnected():
            passed = self.ports.rtc_ms() - begin
            code = wlan.status()
            failed = code not in (network.STAT_CONNECTING, network.STAT_IDLE)
            if passed > most_ms or (failed and passed > _STALE_MS):
                wlan.disconnect()
                return code
            self._idle()
            time.sleep_ms(_STEP_MS)
        return 0

    def _set_addresses(self, addresses):
        if addresses:
            self.wlan.ifconfig(tuple(addresses))
            return
        try:
            self.wlan.ifconfig("dhcp")
        except RuntimeError:
            pass  # 0x5004: DHCP still runs, because the last connection has just ended.

    def reaches_name_server(self, server):
        """Return whether the name server answers; if not, the lease may be from another network.

        A name server resolves "localhost" itself (RFC 6761), even without Internet access.
        """
        from lookup import Lookup
        from wherry.net import dns

        query = dns.write_query("localhost", int.from_bytes(os.urandom(2), "big"))
        lookup = Lookup(self.ports.rtc_ms, self._deadline_ms, self._idle, server)
        for _ in range(_NAME_SERVER_TRIES):
            if lookup.ask(
                server, 53, query, _NAME_SERVER_MS, lambda packet, _: _is_to(packet, query)
            ):
                return True
        return False

    def packed(self):
        """Return the four addresses of ifconfig as 16 bytes."""
        octets = [int(octet) for text in self.wlan.ifconfig() for octet in text.split(".")]
        return bytes(octets)

    def addresses(self, packed):
        """Return the four addresses of ifconfig from their 16 bytes."""
        parts = [packed[i : i + 4] for i in range(0, 16, 4)]
        return [".".join([str(octet) for octet in part]) for part in parts]


def _is_to(packet, query):
    """Return whether a datagram is an answer to a query, with any result."""
    return packet[:2] == query[:2] and packet[2:3] >= b"\x80"
