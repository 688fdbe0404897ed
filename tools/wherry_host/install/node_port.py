"""A board at a serial port whose console is read after the restart, without another reset.

A USB port of the chip's own is gone while the chip resets or sleeps deeply; it is opened again.
mpremote opens a port with DTR and RTS at one level. The reset circuits of ESP32 boards, and the
USB port of the chip, reset the chip only where the two differ.
"""

import contextlib
import time

from mpremote.transport import TransportError
from serial import SerialException

from wherry_host.install.target_port import PortTarget, Transport

_SILENCE_S = 0.5
_REOPEN_S = 0.2
_LINE_SIZE_MAX = 1000


class NodePort(PortTarget):
    """A PortTarget with the console of the node that it has restarted."""

    def __init__(self, port, **options):
        super().__init__(port, **options)
        self._port = port

    def lines(self):
        """Yield the lines that the node prints, without end; "" after each half second without."""
        begun = b""
        while True:
            part = self._heard()
            *lines, begun = (begun + part).split(b"\n")
            # A chip at another speed sends noise without an end of line.
            begun = begun[-_LINE_SIZE_MAX:]
            yield from (_text(line) for line in lines)
            if not part:
                yield ""

    def _heard(self):
        serial = self._transport.serial
        try:
            serial.timeout = _SILENCE_S
            return serial.read(1) + serial.read(serial.in_waiting)
        except (SerialException, OSError):
            self._reopen()
            return b""

    def _reopen(self):
        self._close()
        time.sleep(_REOPEN_S)
        with contextlib.suppress(TransportError, OSError):
            self._transport = Transport(self._port, baudrate=115200)


def _text(line):
    """Return a line as text that a terminal can be given."""
    text = line.decode("utf-8", "replace").strip()
    return text if text.isprintable() else ""
