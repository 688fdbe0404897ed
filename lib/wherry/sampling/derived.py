"""Channels derived from a sensor's own: dew point, absolute humidity, heat index, sea level.

Loaded only if a section of the configuration requests one. Single-precision floats are enough: for
realistic values their error is below a tenth of the last decimal. The formulas themselves are less
exact:

dew_point           Magnus' formula with the constants of Sonntag (1990), as in the WMO Guide to
                    Instruments (WMO-No. 8, annex 4.B): within 0.1 °C from -45 to 60 °C over water
absolute_humidity   vapour pressure by the same formula, ideal gas: within 0.4 %
heat_index          Rothfusz's regression and its two adjustments, below 80 °F Steadman's simple
                    formula (NWS SR 90-23 and the NWS page "The Heat Index Equation"): within
                    0.8 °C of Steadman's table
sea_level_pressure  assumes air below the station of the sensor's temperature plus 6.5 K per km
                    (ICAO Doc 7488): an error of 10 K is 0.4 hPa at 100 m, 4 hPa at 1,000 m
"""

import math

# In °C: Magnus' formula over water is valid in this range, which limits the others as well.
_LOWEST, _HIGHEST = -45, 60
# 100 Pa / (461.5 J / (kg K)) in g.
_GRAMS = 216.68
_LAPSE = 0.0065
# g M / (R L): 9.80665 * 0.0289644 / (8.314462 * 0.0065).
_EXPONENT = 5.25578


def _magnus(celsius):
    return 17.62 * celsius / (243.12 + celsius)


def dew_point(celsius, percent, _):
    """Return the dew point in °C."""
    ratio = math.log(percent / 100) + _magnus(celsius)
    return 243.12 * ratio / (17.62 - ratio)


def absolute_humidity(celsius, percent, _):
    """Return the absolute humidity in g/m³."""
    pressure = 6.112 * math.exp(_magnus(celsius)) * percent / 100
    return _GRAMS * pressure / (273.15 + celsius)


def heat_index(celsius, percent, _):
    """Return the heat index in °C."""
    t, r = celsius * 1.8 + 32, percent
    simple = 0.5 * (t + 61 + (t - 68) * 1.2 + r * 0.094)
    # If the mean of `simple` and the temperature is below 80 °F, the mean is the result.
    index = (simple + t) / 2
    if index >= 80:
        index = _rothfusz(t, r)
    return (index - 32) / 1.8


def _rothfusz(t, r):
    index = -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r
    index += -0.00683783 * t * t - 0.05481717 * r * r + 0.00122874 * t * t * r
    index += 0.00085282 * t * r * r - 0.00000199 * t * t * r * r
    if r < 13 and 80 <= t <= 112:
        index -= (13 - r) / 4 * math.sqrt((17 - abs(t - 95)) / 17)
    elif r > 85 and 80 <= t <= 87:
        index += (r - 85) / 10 * (87 - t) / 5
    return index


def sea_level_pressure(celsius, pressure, altitude):
    """Return the pressure in hPa; the altitude is in millionths of a metre."""
    below = _LAPSE * altitude / 1e6
    return pressure * (1 - below / (273.15 + celsius + below)) ** -_EXPONENT


# Each formula takes the temperature, another value and the altitude.
FORMULAS = {
    "dew_point": dew_point,
    "absolute_humidity": absolute_humidity,
    "heat_index": heat_index,
    "sea_level_pressure": sea_level_pressure,
}


class Derived:
    """A Sensor that wraps another one (see sensors/__init__.py); its channels come last.

    `count` is the number of channels of the wrapped one. `altitude` is in millionths of a metre,
    or None if no formula needs it. `entries` are [name of a formula, decimals of its result,
    [[index of an input, its decimals], ...]].
    """

    def __init__(self, sensor, count: int, altitude, entries: list):
        self._sensor = sensor
        self._count = count
        self._altitude = altitude
        self._entries = entries
        self.start = sensor.start

    def read(self):
        """Return the readings, or the milliseconds until the next `read`."""
        readings = self._sensor.read()
        if type(readings) is int:
            return readings
        found = list(readings)
        measured = {index: value for index, value in found if type(value) is not str}
        for i, (name, shown, inputs) in enumerate(self._entries):
            # The reason for a withheld input is already in the readings.
            if all(index in measured for index, _ in inputs):
                values = [measured[index] / 10**decimals for index, decimals in inputs]
                found.append((self._count + i, self._value(name, shown, *values)))
        return found

    def _value(self, name, decimals, celsius, other):
        if not _LOWEST <= celsius <= _HIGHEST:
            return "%s: no formula for this temperature" % name
        if name == "dew_point" and other <= 0:
            return "dew_point: no humidity"
        exact = FORMULAS[name](celsius, other, self._altitude)
        return math.floor(exact * 10**decimals + 0.5)
