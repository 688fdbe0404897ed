"""machine.UART, whose other end is a device model; loaded only if a board has such a model."""

import machine
from _board import call, now_us, wait_until


class UART:
    INV_TX, INV_RX, INV_RTS, INV_CTS = 32, 4, 64, 8
    RTS, CTS = 1, 2

    def __init__(self, id, baudrate=115200, *args, **options):
        if not 0 <= id <= 2:
            raise ValueError("UART(%d) does not exist" % id)
        self._id = id
        # The defaults of the chip's firmware.
        self._rxbuf, self._timeout_ms, self._baudrate = 256, 0, 115200
        self._pins = bytearray(((1, 3), (10, 9), (17, 16))[id])
        self.init(baudrate, *args, **options)

    def init(
        self,
        baudrate=0,
        bits=8,
        parity=None,
        stop=1,
        *,
        tx=None,
        rx=None,
        rts=None,
        cts=None,
        txbuf=256,
        rxbuf=None,
        timeout=None,
        timeout_char=0,
        invert=0,
        flow=0,
    ):
        self._baudrate = baudrate or self._baudrate
        self._rxbuf = rxbuf or self._rxbuf
        if self._rxbuf < 129:
            raise ValueError("rxbuf too small")
        self._timeout_ms = self._timeout_ms if timeout is None else timeout
        for i, pin in enumerate((tx, rx)):
            if pin is not None:
                self._pins[i] = getattr(pin, "id", pin)
        sizes = self._baudrate.to_bytes(4, "little") + self._rxbuf.to_bytes(2, "little")
        self._ask(b"o", sizes + self._pins)

    def _ask(self, what, content=b""):
        return call(b"U" + what + bytes((self._id,)) + content)

    def deinit(self):
        self._ask(b"c")

    def any(self):
        return int.from_bytes(self._ask(b"a"), "little")

    def _take(self, count):
        data = self._ask(b"r", count.to_bytes(2, "little"))
        end_us = now_us() + self._timeout_ms * 1000
        while len(data) < count and now_us() < end_us:
            wait_until(min(now_us() + 1000, end_us))
            data += self._ask(b"r", (count - len(data)).to_bytes(2, "little"))
        return data

    def read(self, count=-1):
        # None without data, as for any non-blocking stream.
        if count == 0:
            return b""
        return self._take(self.any() if count < 0 else count) or None

    def readinto(self, buf, count=-1):
        data = self._take(len(buf) if count < 0 else min(count, len(buf)))
        buf[: len(data)] = data
        return len(data) or None

    def readline(self):
        line = b""
        while not line.endswith(b"\n"):
            octet = self._take(1)
            if not octet:
                break
            line += octet
        return line or None

    def write(self, buf):
        self._ask(b"w", bytes(buf))
        return len(buf)

    def txdone(self):
        return True

    def flush(self):
        pass


machine.UART = UART
