"""lwIP's sockets as the ESP32 has them, over this computer's loopback.

Every address leads to 127.0.0.1. Ports with a mapping are mapped; other ports below 1024 lead
nowhere. While the radio is silent, reads find nothing, writes vanish into a buffer, and polls
report nothing. A station that loses the access point loses its address, which ends its TCP
connections.
"""

import io

import usocket
import utime
from _board import clock, interruptible, now_us, regs, rare
from _lwip import (
    as_tuple,
    asked,
    from_host,
    getaddrinfo,
    here,
    number,
    octets,
    opened,
    place,
    ready,
)

AF_INET = 2
SOCK_STREAM, SOCK_DGRAM = 1, 2
SOL_SOCKET, SO_REUSEADDR = 0xFFF, 4
_BUFFER_SIZE = 5760
_CONNECT_TIMEOUT_MS = 18500


def __getattr__(name):
    return rare(
        "SOCK_RAW=3 IPPROTO_IP=0 IPPROTO_TCP=6 IPPROTO_UDP=17 SO_BROADCAST=32 TCP_NODELAY=1", name
    )


class socket(io.IOBase):
    def __init__(self, af=AF_INET, type=SOCK_STREAM, proto=0, *, host=None):
        self._secure = None  # True if Mbed TLS reads and writes; set at the first write.
        self._joined = 0  # The number of the station's connection in which TCP connected.
        self._datagram = type == SOCK_DGRAM
        self._timeout_ms = -1
        self._peer = None
        self._lost = 0  # bytes that vanished; 1 for a connection whose SYN did
        self._host = host or opened(type)
        self._host.setblocking(False)

    def _silent(self):
        return self._lost or not regs.air

    def _aborted(self):
        return self._joined and self._joined != regs.wifi_connected

    def ioctl(self, request, flags):
        if request == 4:
            self._host.close()
            return 0
        if request != 3:
            return -22
        if self._aborted():
            return flags & 5
        if self._silent():
            return flags & 4 if self._peer and self._lost != 1 and self._lost < _BUFFER_SIZE else 0
        return ready(self._host, flags)

    def _wait(self, flags, end_us):
        while not self.ioctl(3, flags):
            interruptible()
            if end_us is not None and now_us() >= end_us:
                raise OSError(116)
            utime.sleep_us(1000000 // clock.scale + 1)

    def _end_us(self):
        return None if self._timeout_ms < 0 else now_us() + self._timeout_ms * 1000

    def setblocking(self, blocking):
        self._timeout_ms = -1 if blocking else 0

    def settimeout(self, seconds):
        self._timeout_ms = -1 if seconds is None else int(seconds * 1000)

    def setsockopt(self, level, option, value):
        if level == SOL_SOCKET and option == SO_REUSEADDR:
            self._host.setsockopt(usocket.SOL_SOCKET, usocket.SO_REUSEADDR, value)

    def fileno(self):
        return number(self._host)

    def makefile(self, *_):
        return self

    def close(self):
        self._host.close()

    def connect(self, address):
        if not octets(address[0]):
            address = getaddrinfo(*address)[0][-1]
        if not regs.wifi_connected:
            raise OSError(118)
        there = place(address[1])
        if self._datagram:
            self._peer = address
            return
        self._joined = regs.wifi_connected
        if regs.air and there:
            try:
                self._host.connect(there)
                self._peer = address
                return
            except OSError as error:
                if error.errno != 115:
                    raise from_host(error)
        else:
            self._lost = 1
        self._peer = address
        if self._timeout_ms == 0:
            raise OSError(119)
        self._finish_connect()

    def _finish_connect(self):
        timeout_ms = _CONNECT_TIMEOUT_MS if self._timeout_ms < 0 else self._timeout_ms
        self._wait(4, now_us() + timeout_ms * 1000)
        if self._aborted():
            raise OSError(113)
        if ready(self._host, 4) & 24:
            # A refused connection is a reset for lwIP.
            raise OSError(104)

    def bind(self, address):
        asked(self._host.bind, here(address[1]))

    def listen(self, backlog=2):
        self._host.listen(backlog)

    def accept(self):
        self._peer = self
        if self._timeout_ms:
            self._wait(1, self._end_us())
        host, address = asked(self._host.accept)
        peer = socket(host=host)
        peer._peer = as_tuple(address)
        peer._joined = regs.wifi_connected
        return peer, peer._peer

    def _until_done(self, flags, once, buf, size):
        end_us = self._end_us()
        try:
            while True:
                if self._aborted():
                    raise OSError(113)
                count = once(buf, len(buf) if size is None else size)
                if count is not None or self._timeout_ms == 0:
                    return count
                self._wait(flags, end_us)
        except OSError as error:
            if not self._secure:
                raise
            # An exception would jump across Mbed TLS, which takes an error number, stores and
            # repeats it.
            return -error.errno

    def readinto(self, buf, size=None):
        return self._until_done(1, self._read_once, buf, size)

    def _read_once(self, buf, size):
        return None if self._silent() else asked(self._host.readinto, buf, size)

    def recv(self, size, flags=0):
        if self._datagram:
            return self.recvfrom(size)[0]
        buf = bytearray(size)
        count = self.readinto(buf)
        if count is None:
            raise OSError(11)
        return bytes(memoryview(buf)[:count])

    def read(self, size=-1):
        parts = []
        while size:
            buf = bytearray(256 if size < 0 else min(size, 256))
            count = self.readinto(buf)
            if not count:
                if count is None and not parts:
                    return None
                break
            parts.append(bytes(memoryview(buf)[:count]))
            size = max(size - count, -1)
        return b"".join(parts)

    def readline(self):
        line = byte = b""
        while not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return line or byte

    def write(self, buf, size=None):
        if self._secure is None:
            # A handshake comes first, and nothing else begins with the head of such a record.
            self._secure = bytes(buf[:2]) == b"\x16\x03"
        return self._until_done(4, self._write_once, buf, size)

    def _write_once(self, buf, size):
        if not self._peer:
            raise OSError(128)
        # lwIP accepts at most its send buffer at a time.
        size = min(size, _BUFFER_SIZE)
        if self._silent():
            count = 0 if self._lost == 1 else min(size, _BUFFER_SIZE - self._lost)
            self._lost += count
            return count or None
        return asked(self._host.write, buf, size)

    def send(self, buf):
        if self._datagram:
            return self.sendto(buf, self._peer)
        count = self.write(buf)
        if count is None:
            raise OSError(11)
        return count

    def sendall(self, buf):
        view = memoryview(buf)
        while view:
            view = view[self.send(view) :]

    def sendto(self, buf, address):
        if not regs.wifi_connected:
            raise OSError(118)
        self._peer = address
        there = place(address[1])
        if regs.air and there:
            asked(self._host.sendto, buf, there)
        return len(buf)

    def recvfrom(self, size, flags=0):
        if self._timeout_ms:
            self._wait(1, self._end_us())
        elif self._silent():
            raise OSError(11)
        data, address = asked(self._host.recvfrom, size)
        # An answer from the last datagram's destination has the address that the firmware sent to.
        known = self._peer and place(self._peer[1]) == bytes(address)
        return data, self._peer if known else as_tuple(address)
