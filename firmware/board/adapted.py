"""Third-party drivers on the chip: their ports, the watchdog, and how long they block."""

import time

import machine
from wherry.sampling.adapter import Adapter


def Sensor(section, board):  # noqa: N802
    """Return the Sensor of a section with a third-party driver; see lib/wherry/sensors."""
    label, ports = board.watch
    caller = _Caller(label, ports, section["block_ms_max"])
    return adapter(section, board, caller.call)


def adapter(section, board, call):
    """Return the Adapter of a section; `call(function, *arguments)` calls the driver."""
    has_address = "bus" in section and "address" in section
    bus = board.i2c(section["bus"]) if has_address else None
    return Adapter(section, lambda kind, value: _port(board, kind, value), call, bus)


def _port(board, kind, value):
    if kind == "i2c":
        return board.i2c(value)
    pin = machine.Pin(value)
    if kind == "pin":
        return pin
    import onewire  # pyright: ignore[reportMissingImports]

    return onewire.OneWire(pin)


class _Caller:
    """Feeds the watchdog around each call, and reports a call that blocks longer than before."""

    def __init__(self, label, ports, block_ms_max):
        self._label = label
        self._ports = ports
        self._block_ms_max = self._longest_ms = block_ms_max

    def call(self, function, *arguments, **keywords):
        """Call the function and return its result; exceptions propagate."""
        self._ports.feed()
        begin = time.ticks_ms()  # pyright: ignore
        try:
            return function(*arguments, **keywords)
        finally:
            self._ports.feed()
            ms = time.ticks_diff(time.ticks_ms(), begin)  # pyright: ignore
            if ms > self._longest_ms:
                self._longest_ms = ms
                said = self._label, ms, self._block_ms_max
                self._ports.say("%s: the driver blocks for %d ms, longer than %d ms" % said)
