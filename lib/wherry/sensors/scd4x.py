"""Sensirion SCD40, SCD41 and SCD43: CO2, temperature and humidity by one periodic measurement.

Commands, times, formulas and CRC come from the data sheet SCD4x, version 1.3, sections 3.4 to 3.9.
Each reading starts periodic measurements, which all three chips have, waits 5 s for the first and
stops them: at rest the chip draws 0.15 mA. Values are in ppm, 0.01 °C and 0.01 %.
"""

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x62, 0x62, 0x62)}
CHANNELS = (("co2", "ppm", 0), ("temperature", "°C", 2), ("humidity", "%", 2))

_CRC_INITIAL = const(0xFF)

# The steps of `read`.
_CHECK = const(0)
_ASK = const(1)
_LOOK = const(2)
_FETCH = const(3)

_COMMAND_MS = const(2)
_STOP_MS = const(500)
_MEASUREMENT_MS = const(5000)
# The chip's clock may be slower, so the chip is polled: the limit of polls, and the time between
# two.
_ASKED_MAX = const(10)
_AGAIN_MS = const(100)
_READY = const(0x7FF)


def _words(data):
    """Return the words of an answer, or None for each wrong CRC."""
    # Loaded at each reading: this driver takes more heap than most.
    from wherry.sampling.words import word

    return [word(data, at, _CRC_INITIAL) for at in range(0, len(data), 3)]


def decode(data: bytes) -> list:
    """Return [(channel index, value or reason)] from three words; OSError without a right CRC."""
    from wherry.sampling.words import humidity, temperature

    co2, raw_t, raw_h = _words(data)
    if co2 is None:
        if raw_t is None and raw_h is None:
            raise OSError("wrong CRC")
        co2 = "co2: wrong CRC"
    # 17500 / 65535 and 10000 / 65535 in their lowest terms.
    return [
        (0, co2 or "co2: not measured"),
        (1, temperature(raw_t, 3500, 13107, -4500)),
        (2, humidity(raw_h, 2000, 13107, 0)),
    ]


class Sensor:
    """One chip, which accepts no command for half a second after a stop."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._step = _CHECK
        self._asked_count = 0
        self._found = []

    def start(self, anew: bool) -> int:
        """Begin the measurements, or request the serial number; return the ms until `read`.

        A chip that is already measuring refuses both: it is stopped, and ready at the next start.
        """
        self._asked_count = 0
        self._step = _CHECK if anew else _ASK
        try:
            return self._send(b"\x36\x82", _COMMAND_MS) if anew else self._begin()
        except OSError:
            self._rest()
            raise

    def read(self):
        """Return [(channel index, value or reason)], or the milliseconds until the next `read`.

        Raises OSError, whose text is the reason, after stopping the measurements.
        """
        step = self._step
        self._step += 1
        try:
            if step == _CHECK:
                self._check(self._bus.readfrom(self._address, 9))
                return self._begin()
            if step == _ASK:
                return self._send(b"\xe4\xb8", _COMMAND_MS)
            if step == _LOOK:
                return self._look()
            if step == _FETCH:
                self._found = decode(self._bus.readfrom(self._address, 9))
                return self._end()
        except OSError:
            self._rest()
            raise
        return self._found

    def _check(self, serial_number):
        if None in _words(serial_number):
            raise OSError("serial number: wrong CRC")

    def _begin(self):
        return self._send(b"\x21\xb1", _MEASUREMENT_MS)

    def _look(self):
        """Request the result if it is ready, or the state again if not."""
        (state,) = _words(self._bus.readfrom(self._address, 3))
        if state is None:
            raise OSError("state: wrong CRC")
        if state & _READY:
            return self._send(b"\xec\x05", _COMMAND_MS)
        self._step = _ASK
        self._asked_count += 1
        if self._asked_count == _ASKED_MAX:
            raise OSError("not ready")
        return _AGAIN_MS

    def _end(self):
        try:
            return self._send(b"\x3f\x86", _STOP_MS)
        except OSError:
            # The values are valid, and the next start is called with `anew`.
            self._found.append((0, "stop: no answer"))
            self._rest()
            return _STOP_MS

    def _rest(self):
        """Stop the measurements of a chip that may be absent."""
        try:
            self._send(b"\x3f\x86", 0)
        except OSError:
            pass

    def _send(self, command, ms):
        self._bus.writeto(self._address, command)
        return ms
