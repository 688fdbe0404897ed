"""A DHT22 (AM2302) or DHT11 on a pin (Aosong AM2302 manual, section 5; DHT11 manual, section 5).

It answers with its last result and starts a new measurement, so a program makes two requests for
one reading. The result of the second request is logged. A request is the second if the request
before it was a first one of the same run of the program, a measurement's time before.
"""

_PERIOD_US = {"dht22": 2_000_000, "dht11": 1_000_000}

# A program that waits for a measurement makes its second request after this time at most, and
# after this share of the measurement's time at least: its clock may be fast.
_PAIR_US = 4_000_000
_LEAST = 0.95


class Model:
    """One sensor; `model` is "dht22" or "dht11"."""

    name = "dht"
    FROZEN = ("dht",)
    READY_US = 2_000_000
    CHANNELS = (("temperature", 1), ("humidity", 1))

    def __init__(self, surroundings, pin=4, model="dht22"):
        self.pin = pin
        self.stuck = False
        self._surroundings = surroundings
        self._period_us = _PERIOD_US[model]
        self._is_11 = model == "dht11"
        self._held, self._measured_us = {"temperature": 0, "humidity": 0}, None
        # The time of a first request, None if the next request is a first one.
        self._first_us = None

    def forget(self):
        """Expect a first request: another run of the program begins."""
        self._first_us = None

    def answer(self, now_us):
        """Return the five bytes of an answer; the last byte is the sum of the other bytes."""
        data, held, measured_us = self._data(), self._held, self._measured_us
        is_second = self._is_second(now_us)
        if is_second:
            self._surroundings.measured(measured_us, self.name, **held)
            self._surroundings.read(now_us, self.name, measured_us)
        self._first_us = None if is_second else now_us
        is_due = measured_us is None or now_us - measured_us >= self._period_us
        if is_due and not self.stuck:
            self._held = {name: self._rounded(name, now_us) for name in held}
            self._measured_us = now_us
        return data

    def _is_second(self, now_us):
        if self._first_us is None or self._measured_us is None:
            return False
        return self._period_us * _LEAST <= now_us - self._first_us < _PAIR_US

    def _rounded(self, name, now_us):
        value = self._surroundings.quantity(name, now_us)
        low, high = ((0, 50) if self._is_11 else (-40, 80)) if name[0] == "t" else (0, 100)
        return min(max(round(value, 0 if self._is_11 else 1), low), high)

    def _data(self):
        tenths = {name: round(abs(value) * 10) for name, value in self._held.items()}
        sign = 0x80 if self._held["temperature"] < 0 else 0
        humidity, temperature = tenths["humidity"], tenths["temperature"]
        if self._is_11:
            data = bytes((humidity // 10, 0, temperature // 10, 0))
        else:
            data = bytes(
                (humidity >> 8, humidity & 255, temperature >> 8 | sign, temperature & 255)
            )
        return data + bytes((sum(data) & 255,))

    def missed(self, now_us):
        """Log that a fault has kept a program from the newest result."""
        if self._measured_us is not None:
            self._surroundings.unread(now_us, self.name, self._measured_us)
