"""Queries over UDP, and address lookups at the name server. Loaded on demand.

`getaddrinfo` would block for up to 21 s with a dead name server; these queries end at the
deadline, and call `idle` at least every 100 ms.
"""

import os
import socket
import time
from errno import EAGAIN

from micropython import const

_ADDRESS_TRY_MS = const(2_000)
_IDLE_AFTER_MS = const(50)
_PACKET_SIZE_MAX = const(576)


class Lookup:
    """`rtc_ms` reads the RTC, `deadline_ms` is an RTC time, `server` the name server."""

    def __init__(self, rtc_ms, deadline_ms, idle, server):
        self.rtc_ms = rtc_ms
        self._deadline_ms = deadline_ms
        self._idle = idle
        self._server = server

    def address(self, host):
        """Return the IPv4 address of a host as text; OSError at the deadline."""
        from wherry.net import dns

        if dns.is_address(host):
            return host
        query_id = int.from_bytes(os.urandom(2), "big")
        query = dns.write_query(host, query_id)

        def read(packet, round_trip_ms):
            return dns.read_answer(packet, host, query_id)

        while self.rtc_ms() < self._deadline_ms:
            found = self.ask(self._server, 53, query, _ADDRESS_TRY_MS, read)
            if found:
                return found[0]
        raise OSError("name server %s does not answer" % self._server)

    def ask(self, address, port, packet, try_ms, read):
        """Send a datagram; return the result of `read(answer, round_trip_ms)`.

        `read` returns None for an answer to another question. Returns None without an answer.
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            begin = self.rtc_ms()
            end = min(begin + try_ms, self._deadline_ms)
            sock.sendto(packet, socket.getaddrinfo(address, port)[0][-1])
            while self.rtc_ms() < end:
                answer = _received(sock)
                found = read(answer, self.rtc_ms() - begin) if answer else None
                if found:
                    return found
                if self.rtc_ms() - begin > _IDLE_AFTER_MS:
                    self._idle()
                time.sleep_ms(1)
        finally:
            sock.close()
        return None


def _received(sock):
    try:
        return sock.recvfrom(_PACKET_SIZE_MAX)[0]
    except OSError as error:
        if error.errno != EAGAIN:
            raise
        return None
