"""lwIP's sockets over a simulated network; they never block, as the node's never do."""

from wherry_host.year.chip.errors import ChipError
from wherry_host.year.world.clock import WorldError, in_world

_IN, _OUT, _ERR, _HUP = 1, 4, 8, 16
_DATAGRAM = 2
_BUFFER_SIZE = 5760
# The chip's numbers, see virtual/shim/errno.py.
_AGAIN, _NOT_SUPPORTED, _RESET, _ABORTED = 11, 95, 104, 113
_UNREACHABLE, _IN_PROGRESS, _NOT_CONNECTED = 118, 119, 128


class Socket:
    """One socket of `network`, a world.network.Network, on the chip of a link_port.Port."""

    def __init__(self, network, port, kind):
        # The registers have the station's state.
        self._network, self._port, self._regs = network, port, port.regs
        self._is_datagram = kind == _DATAGRAM
        self._joined = 0
        self._received = []
        #: The server's end of the connection; None until the connection is established.
        self.peer = self.line = None
        self.failure = 0
        self._is_closed = self._is_over = False
        #: The number of bytes that are on their way.
        self.unsent = 0
        #: The true time at which the line has carried them.
        self.free_us = 0

    # The program's calls

    def setblocking(self, is_blocking):
        """Accept only False: raises OSError otherwise."""
        if is_blocking:
            raise ChipError(_NOT_SUPPORTED)

    def connect(self, address):
        """Begin to connect to (address, port); always raises OSError."""
        if not self._regs.wifi_connected:
            raise ChipError(_UNREACHABLE)
        self._joined = self._regs.wifi_connected
        in_world(self._network.connect, self, *address)
        raise ChipError(_IN_PROGRESS)

    def sendto(self, packet, address):
        """Send a datagram and return its size."""
        if not self._regs.wifi_connected:
            raise ChipError(_UNREACHABLE)
        if self._regs.air:
            in_world(self._network.send_datagram, self, *address, bytes(packet))
        return len(packet)

    def recvfrom(self, size):
        """Return (datagram, address); raises OSError if none has come."""
        if not self._received:
            raise ChipError(_AGAIN)
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
            in_world(self._network.send, self, bytes(data[:count]))
        return count or None

    def close(self):
        """End the connection; a program that has ended sends nothing more."""
        if not (self._is_closed or self._port.is_over):
            self._is_closed = True
            in_world(self._network.close, self)

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

    def is_on_air(self):
        """Return True if packets of this connection reach the network."""
        return bool(self._regs.air) and not self.is_lost()

    def is_heard(self):
        """Return True if packets reach the program."""
        return self.is_on_air() and not self._is_closed

    def opened(self, peer, line):
        """Take the server's end of the new connection, and the Line to it."""
        self.peer, self.line = peer, line

    def failed(self):
        """Take a refusal or a reset; what has arrived and is not read is lost."""
        self.failure = _RESET

    def arrived(self, content, address=None):
        """Take bytes from the network, or a datagram with its sender's address.

        Returns False if the program can no longer receive them.
        """
        if self.is_heard() and not self.failure:
            self._received.append(content if address is None else (content, address))
            return True
        return False

    def ended(self):
        """The server has closed the connection."""
        self._is_over = True


class Poll:
    """`select.poll`: it lets time pass until something is ready."""

    def __init__(self, port, clock):
        self._port, self._clock = port, clock
        self._flags = {}

    def register(self, stream, flags):
        """Watch a stream for flags."""
        self._flags[stream] = flags

    modify = register

    def unregister(self, stream):
        """No longer watch a stream."""
        self._flags.pop(stream, None)

    def poll(self, timeout_ms=-1):
        """Return [(stream, flags)]; the node never waits without a timeout."""
        if timeout_ms < 0:
            raise WorldError("poll without a timeout")
        end_us = self._clock.us + timeout_ms * 1000
        while True:
            ready = [(each, found) for each, f in self._flags.items() if (found := each.ready(f))]
            if ready or self._clock.us >= end_us:
                return ready
            self._port.step(end_us)
