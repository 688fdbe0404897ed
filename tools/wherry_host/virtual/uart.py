"""A UART of the board with a device model on it, including the receive buffer's overruns.

A model on a UART has `baud`, `write(data, now_us)` and `arrived(now_us, room)`, which returns the
bytes whose last bit has arrived since the previous call; it may omit bytes above `room`.
"""


class Uart:
    """A UART, closed until a program opens it and after each reset of the program."""

    def __init__(self, device, chance):
        self.device = device
        self._random = chance
        self.close()

    def close(self):
        """Stop receiving."""
        self._baud = None
        self._is_heard = False
        self._size = 0
        self._received = b""

    def open(self, baud, size, is_heard, now_us):
        """Receive into a buffer of `size` bytes; `is_heard`: the device also receives from TX."""
        self.device.arrived(now_us, 0)
        self._is_heard = is_heard
        self._baud, self._size = baud, size
        self._received = b""

    def waiting(self, now_us, fault):
        """Return the number of bytes received and not yet read."""
        self._receive(now_us, fault)
        return len(self._received)

    def read(self, count, now_us, fault):
        """Return the oldest bytes, at most `count`."""
        self._receive(now_us, fault)
        read, self._received = self._received[:count], self._received[count:]
        return read

    def write(self, data, now_us, fault):
        """Send to the device, which ignores bytes at a wrong baud rate."""
        self._receive(now_us, fault)
        if not fault and self._is_heard and self._baud == self.device.baud:
            self.device.write(data, now_us)

    def _receive(self, now_us, fault):
        if self._baud is None:
            return
        room = self._size - len(self._received)
        # Bytes that do not fit are lost: the oldest bytes stay.
        arrived = self.device.arrived(now_us, room)[:room]
        if fault == "bad" or self._baud != self.device.baud:
            arrived = self._random.randbytes(len(arrived))
        elif fault in ("absent", "timeout", "nak"):
            arrived = b""
        self._received += arrived
