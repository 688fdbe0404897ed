"""Read the console of a node at a serial port by lines; nothing is sent to the board.

mpremote opens a port with DTR and RTS at the same level. The reset circuits of ESP32 boards, and
the chip's own USB port, reset the chip only if the two levels differ. The chip's own USB port
vanishes while the chip resets or is in deep sleep; it is opened again when it is back.
"""

import contextlib
import re
import time

from mpremote.transport import TransportError
from serial import SerialException

from wherry_host.errors import DeployError
from wherry_host.install.ports import is_absent, open_fault, port_fault
from wherry_host.install.target_port import Transport

_SILENCE_S = 0.5
_REOPEN_S = 0.2
# A new port is busy or forbidden for a moment while udev sets its rights and ModemManager probes
# it.
_FAULT_S = 2
_LINE_SIZE_MAX = 1000
_COLOUR = re.compile(r"\x1b\[[\d;]*m")

_GONE = "the port is gone: the node sleeps, or the cable is out; waiting"
_BACK = "the port is back"
_THERE = "the port is ready"


class ConsoleLines:
    """Reads lines from `_transport`; a subclass sets it, `_port`, and defines `_close`."""

    def lines(self):
        """Yield the lines that the node prints, endlessly.

        Yields "" after each half second of silence, while the port is gone, and for a line that a
        terminal cannot show.
        """
        begun = b""
        while True:
            part = self._heard()
            if part is None:
                # If the port vanished within a line, the rest of the line never comes.
                begun = part = b""
            *lines, begun = (begun + part).split(b"\n")
            # A chip at another baud rate sends noise without line ends.
            begun = begun[-_LINE_SIZE_MAX:]
            yield from (_text(line) for line in lines)
            if not part:
                yield ""

    def _heard(self):
        """Return the bytes received within half a second, None if the port is gone."""
        serial = self._transport.serial
        try:
            serial.timeout = _SILENCE_S
            return serial.read(1) + serial.read(serial.in_waiting)
        except (SerialException, OSError):
            self._reopen()
            return None

    def _reopen(self):
        """Try once to reopen the port; return True if it is open."""
        self._close()
        time.sleep(_REOPEN_S)
        return self._open()

    def _open(self):
        with contextlib.suppress(TransportError, OSError):
            self._transport = Transport(self._port, baudrate=115200)
            return True
        return False


class ConsolePort(ConsoleLines):
    """The console of a running node; as a context manager, it closes the port at the end.

    `show` is called with a line for the user if the port is absent at first, vanishes, comes back,
    or does not open. Raises DeployError if `port` is not the name of a serial port, or if a port
    that exists cannot be opened.
    """

    def __init__(self, port, show):
        self._port, self._show = port, show
        self._transport = None
        self._back = _BACK
        self._fault_s = None
        if port and is_absent(port):
            show(f"port {port} does not exist yet: waiting")
            self._back = _THERE
        elif fault := port_fault(port):
            raise DeployError(fault)
        elif not self._open():
            raise DeployError(open_fault(port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close()

    def _close(self):
        if self._transport:
            # The port may have vanished.
            with contextlib.suppress(OSError):
                self._transport.close()
        self._transport = None

    def _heard(self):
        if self._transport:
            return super()._heard()
        self._reopen()
        return None

    def _reopen(self):
        if self._transport:
            self._show(_GONE)
        is_open = super()._reopen()
        if is_open:
            self._show(self._back)
            self._back = _BACK
        self._note_fault(not is_open and not is_absent(self._port))
        return is_open

    def _note_fault(self, is_faulty):
        """Show, once, why an existing port does not open, if the fault lasts."""
        if not is_faulty:
            self._fault_s = None
        elif self._fault_s is None:
            self._fault_s = time.monotonic() + _FAULT_S
        elif time.monotonic() > self._fault_s:
            self._show(f"{port_fault(self._port) or open_fault(self._port)}; waiting")
            self._fault_s = float("inf")


def _text(line):
    """Return a line as text that is safe for a terminal, without the colours of the chip's log.

    The line end is removed. The indent stays, because the lines of a traceback have one.
    """
    text = _COLOUR.sub("", line.decode("utf-8", "replace")).rstrip()
    return text if text.isprintable() else ""
