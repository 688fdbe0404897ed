"""lwIP's sockets over a simulated network; they never block, as the node's never do."""

import errno

from wherry_host.year.chip.errors import ChipError

_IN, _OUT, _ERR, _HUP = 1, 4, 8, 16
_DATAGRAM = 2
_BUFFER_SIZE = 5760
# The chip's numbers, see virtual/shim/errno.py.
_ABORTED, _UNREACHABLE, _IN_PROGRESS, _NOT_CONNECTED, _RESET = 113, 118, 119, 128, 104


class Socket:
    """One socket of `network`, a world.network.Network; `regs` has the station's state."""

    def __init__(self, network, regs, kind):
        self._network, self._regs = network, regs
        self._is_datagram = kind == _DATAGRAM
        self._joined = 0
        self._received = []
        #: The server's end of the connection; None until the connection is established.
        self.peer = None
        self.failure = 0
        self._is_closed = self._is_over = False
        #: The number of bytes that are on their way.
        self.unsent = 0
        #: The true time at which the line has carried them.
        self.free_us = 0

    # The program's calls

    def setblocking(self, is_blocking):
        if is_blocking:
            raise ChipError(errno.EOPNOTSUPP, "a simulated socket does not block")

    def connect(self, address):
        if not self._regs.wifi_connected:
            raise ChipError(_UNREACHABLE)
        self._joined = self._regs.wifi_connected
        self._network.connect(self, *address)
        raise ChipError(_IN_PROGRESS)

    def sendto(self, packet, address):
        if not self._regs.wifi_connected:
            raise ChipError(_UNREACHABLE)
        if self._regs.air:
            self._network.send_datagram(self, *address, bytes(packet))
        return len(packet)

    def recvfrom(self, size):
        if not self._received:
            raise ChipError(errno.EAGAIN)
        packet, address = self._received.pop(0)
        return packet[:size], address

    def readinto(self, buffer):
        """Return the number of bytes read: None if nothing has come, 0 at the end."""
        self._check()
        if not self._received:
            return 0 if self._is_over else None
        piece = self._received[0]
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        if count < len(piece):
            self._received[0] = piece[count:]
        else:
            del self._received[0]
        return count

    def write(self, data):
        """Return the number of bytes that the buffer takes, or None if it is full."""
        self._check()
        if not self.peer:
            raise ChipError(_NOT_CONNECTED)
        count = min(len(data), _BUFFER_SIZE - self.unsent)
        if count:
            self._network.send(self, bytes(data[:count]))
        return count or None

    def close(self):
        if not self._is_closed:
            self._is_closed = True
            self._network.close(self)

    # For the poller and TLS

    def is_lost(self):
        """Return True if the station has lost the address of this connection."""
        return bool(self._joined) and self._joined != self._regs.wifi_connected

    def ready(self, flags):
        """Return which of the flags of `select` apply."""
        if self.is_lost():
            return flags & (_IN | _OUT)
        if self.failure:
            return _ERR | _HUP
        found = _IN if self._received or self._is_over else 0
        if self.peer and self.unsent < _BUFFER_SIZE:
            found |= _OUT
        return found & flags

    def _check(self):
        if self.is_lost():
            raise ChipError(_ABORTED)
        if self.failure:
            raise ChipError(self.failure)

    # Called by the network

    def opened(self, peer):
        self.peer = peer

    def refused(self):
        self.failure = _RESET

    def arrived(self, content, address=None):
        """Take bytes from the network, or a datagram with its sender's address."""
        if not self._is_closed and self._regs.air:
            self._received.append(content if address is None else (content, address))

    def ended(self):
        """The server has closed the connection."""
        self._is_over = True


class Poll:
    """`select.poll`: it lets time pass until something is ready."""

    def __init__(self, clock):
        self._clock = clock
        self._flags = {}

    def register(self, stream, flags):
        self._flags[stream] = flags

    modify = register

    def unregister(self, stream):
        self._flags.pop(stream, None)

    def poll(self, timeout_ms=-1):
        """Return [(stream, flags)]; a negative timeout is not supported."""
        end_us = self._clock.us + timeout_ms * 1000
        while True:
            ready = [(each, found) for each, f in self._flags.items() if (found := each.ready(f))]
            if ready or self._clock.us >= end_us:
                return ready
            self._clock.step(end_us)
