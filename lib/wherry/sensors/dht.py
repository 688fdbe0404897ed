"""DHT22 (AM2302) and DHT11: temperature and humidity on one pin, by the frozen driver `dht`.

They answer with the result of the previous measurement and then measure (Aosong AM2302 manual,
section 7.3), so each is read twice, 2 s apart.
"""

from micropython import const

OPTIONS = {"pin": ("pin", ...), "model": ("choice", "dht22", "dht11", "dht22")}
CHANNELS = (("temperature", "°C", 1), ("humidity", "%", 1))

# The shortest time between two answers; a DHT11 needs half of it.
_MEASUREMENT_MS = const(2000)


def decode(data: bytes, is_11: bool) -> list:
    """Return [(channel index, value or reason)] of the five bytes of an answer."""
    if data == bytes(5):
        raise OSError("no data")
    if is_11:
        humidity, size = data[0] * 10 + data[1], data[2] * 10 + (data[3] & 0x7F)
        is_negative = data[3] & 0x80
    else:
        humidity, size = data[0] << 8 | data[1], (data[2] & 0x7F) << 8 | data[3]
        is_negative = data[2] & 0x80
    temperature = -size if is_negative else size
    return [
        (0, temperature if -400 <= temperature <= 800 else "temperature: out of range"),
        (1, humidity if humidity <= 1000 else "humidity: out of range"),
    ]


class Sensor:
    """One sensor on a pin."""

    def __init__(self, options: dict, board):
        self._device = board.pins().dht(options["pin"])
        self._is_11 = options["model"] == "dht11"

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        self._ask()
        return _MEASUREMENT_MS

    def read(self) -> list:
        """Return [(channel index, value or reason)]; OSError without a valid answer."""
        if not self._ask():
            raise OSError("wrong checksum")
        return decode(bytes(self._device.buf), self._is_11)

    def _ask(self):
        """Return True if the answer has the right checksum; OSError without an answer."""
        try:
            self._device.measure()
            return True
        except Exception as error:
            # The frozen driver raises Exception itself for a wrong checksum.
            if not isinstance(error, OSError):
                return False
        raise OSError("no answer")
