"""A UART of the board with a device model on it: the receiver's buffer, and what overruns it.

A model on a UART has `baud`, `write(data, now_us)`, and `arrived(now_us, room)`: the bytes whose
last bit has come since it was asked before; with more than `room` of them it may leave out what
follows.
"""


class Uart:
    """Closed until a program opens it, and after each of its resets."""

    def __init__(self, device, chance):
        self.device = device
        self._random = chance
        self.close()

    def close(self):
        """Hear nothing any more."""
        self._baud = None
        self._is_heard = False
        self._size = 0
        self._received = b""

    def open(self, baud, size, is_heard, now_us):
        """Hear from now on, into a buffer of so many bytes; `is_heard` if TX leads there too."""
        self.device.arrived(now_us, 0)
        self._is_heard = is_heard
        self._baud, self._size = baud, size
        self._received = b""

    def waiting(self, now_us, fault):
        """Return how many bytes have been received and not read."""
        self._receive(now_us, fault)
        return len(self._received)

    def read(self, count, now_us, fault):
        """Return the oldest bytes, no more than there are."""
        self._receive(now_us, fault)
        read, self._received = self._received[:count], self._received[count:]
        return read

    def write(self, data, now_us, fault):
        """Send to the device, which understands nothing at a baud that is not its own."""
        self._receive(now_us, fault)
        if not fault and self._is_heard and self._baud == self.device.baud:
            self.device.write(data, now_us)

    def _receive(self, now_us, fault):
        if self._baud is None:
            return
        room = self._size - len(self._received)
        # What does not fit is lost: the oldest bytes stay.
        arrived = self.device.arrived(now_us, room)[:room]
        if fault == "bad" or self._baud != self.device.baud:
            arrived = self._random.randbytes(len(arrived))
        elif fault in ("absent", "timeout", "nak"):
            arrived = b""
        self._received += arrived
