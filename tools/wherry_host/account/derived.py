"""The expected values of derived channels, from separate formulas without any of the node's code.

The sources are the same as in sampling/derived.py. A value may differ by the effect of its inputs'
resolution plus its own resolution.
"""

import math
from itertools import product

# In °C; a node withholds values outside this range.
_LOWEST, _HIGHEST = -45, 60


def _vapour_hpa(celsius, percent, _):
    return percent / 100 * 6.112 * math.exp(17.62 * celsius / (celsius + 243.12))


def _dew_point(*given):
    # Magnus' formula inverted: the temperature at which the pressure is the saturation pressure.
    ratio = math.log(_vapour_hpa(*given) / 6.112)
    return 243.12 / (17.62 / ratio - 1) if ratio else 0.0


def _absolute_humidity(celsius, percent, _):
    return _vapour_hpa(celsius, percent, _) * 100 / 461.5 / (celsius + 273.15) * 1000


def _heat_index(celsius, percent, _):
    t, r = celsius * 9 / 5 + 32, percent
    index = (t + 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + r * 0.094)) / 2
    if index >= 80:
        factors = (
            (-42.379, 10.14333127, -0.05481717),
            (2.04901523, -0.22475541, 0.00085282),
            (-0.00683783, 0.00122874, -0.00000199),
        )
        index = sum(f * t**i * r**j for i, row in enumerate(factors) for j, f in enumerate(row))
        if r < 13 and 80 <= t <= 112:
            index -= (13 - r) / 4 * math.sqrt((17 - abs(t - 95)) / 17)
        if r > 85 and 80 <= t <= 87:
            index += (r - 85) / 10 * (87 - t) / 5
    return (index - 32) * 5 / 9


def _sea_level_pressure(celsius, hpa, altitude_m):
    kelvin = celsius + 273.15
    return hpa * ((kelvin + 0.0065 * altitude_m) / kelvin) ** 5.25578


_FORMULAS = {
    "dew_point": _dew_point,
    "absolute_humidity": _absolute_humidity,
    "heat_index": _heat_index,
    "sea_level_pressure": _sea_level_pressure,
}


def expected(name, inputs, altitude_m, decimals):
    """Return (value, tolerance) from the inputs [(value, step)], or None if it is withheld.

    The first input is the temperature, as in the node's configuration.

    Near a bound of a formula, where the node may or may not withhold the value, the tolerance is
    infinite.
    """
    corners = list(product(*((value - step, value, value + step) for value, step in inputs)))
    is_good = [
        _LOWEST <= celsius <= _HIGHEST and (name != "dew_point" or other > 0)
        for celsius, other in corners
    ]
    if not any(is_good):
        return None
    values = [
        _FORMULAS[name](*corner, altitude_m)
        for corner, good in zip(corners, is_good, strict=True)
        if good
    ]
    middle = (min(values) + max(values)) / 2
    return middle, math.inf if not all(is_good) else max(values) - middle + 10**-decimals
