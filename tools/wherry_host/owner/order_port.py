"""A board at a serial port that is given orders: small files in its flash, then its console."""

import contextlib
import time

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport
from serial import SerialException

from wherry_host.install.slots import running, words_of
from wherry_host.owner.data_port import DataPort

_SILENCE_S = 0.5
_REOPEN_S = 0.2


class OrderPort(DataPort):
    """A DataPort that puts orders, and reads the console of the node once it is restarted."""

    def __init__(self, port, **options):
        super().__init__(port, **options)
        self._port = port

    def knows_orders(self):
        """Return whether the version on the board is one that looks for orders."""
        # What has a slot of one file does.
        return bool(self.slot()) or self.size(f"/{running(words_of(self))}/wherry/orders.mpy") > 0

    def put(self, name, content):
        """Put an order: a cut leaves none or a whole one."""
        path = f"/data/orders/{name}"
        self.write(path + ".tmp", content)
        self.rename(path + ".tmp", path + ".new")

    def lines(self, wait_s):
        """Yield the lines that the restarted node prints within a time, "" where it is silent."""
        end_s = time.monotonic() + wait_s
        begun = b""
        while time.monotonic() < end_s:
            self._look()
            part = self._heard()
            *lines, begun = (begun + part).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", "replace").strip()
            if not part:
                yield ""

    def _heard(self):
        """Return what came, b"" after a short silence; a USB port is gone for the reset."""
        try:
            serial = self._transport.serial
            serial.timeout = _SILENCE_S
            return serial.read(serial.in_waiting or 1)
        except (SerialException, OSError):
            self._close()
            time.sleep(_REOPEN_S)
            with contextlib.suppress(TransportError):
                self._transport = SerialTransport(self._port, baudrate=115200)
            return b""
