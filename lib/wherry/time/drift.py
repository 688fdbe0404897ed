"""Learns how the sleep clock drifts with the temperature, from the answers of time sources.

Each answer is a point: the mean temperature since the last one, and the drift. A line through the
points is fitted by weighted least squares; older points count less. The sums of the points are in
a file, so that a node that was without power need not learn anew.
"""

import struct

from micropython import const

from wherry import small_file
from wherry.time.sleep_clock import PPM_MAX, PPM_MIN, SLOPE_SCALE, UNFELT, learned_ms, put, values

# The sums of weight, x, x², y and xy; the uncertainty of the drift in ppm.
_FILE = "<5qH"
# x is in units of 1/8 K, y in ppm.
_X_SCALE = const(8)
# Below this span the drift would be mostly the noise of one exchange.
_SPAN_MS_MIN = const(600_000)
# A point's weight is this, divided by the square of its uncertainty and of _PPM_NOISE. The scale
# of 2**16 keeps the rounding of the sums below that of the line.
_WEIGHT = const(1 << 38)
_WEIGHT_FIRST = const(1 << 16)
_PPM_NOISE = const(20)
# Each point takes 1/32 of the weight of those before it.
_POINTS = const(32)
# This weight times x² keeps the line flat until the temperature has changed by about a kelvin.
_FLAT = const(671_088 << 16)
_SLOPE_MAX = const(6_400)
_DRIFT_MAX = const(0x7FFF)
# Above this uncertainty the drift is not learned yet: it halves with each point, later in days.
_PPM_LEARNED = const(250)
_DAY_MS = const(86_400_000)


def ms_max(passed_ms: int) -> int:
    """Return by how much the largest drift moves the clock in a time."""
    return passed_ms * PPM_MAX // 1_000_000


def recall(clock) -> None:
    """Begin with the drift that an earlier boot has learned, at the first time of a boot."""
    last = values(clock)[5]
    *sums, ppm = _read(clock, last)
    put(clock, ppm, *_line(sums), 0, 0, last, *_range(sums))


def learn(clock, ticks: int, error_ms: int, uncertainty_ms: int) -> None:
    """Learn from the clock's error at `ticks`, according to an answer with an uncertainty."""
    passed = max(ticks - clock.state.ref_ticks, 1)
    ppm, drift, slope, total, count, last, mean, spread = values(clock)
    y = clock.state.drift_ppm + error_ms * 1_000_000 // passed
    uncertain_ms = learned_ms(clock.state) + uncertainty_ms
    residual = max(0, abs(error_ms) - uncertain_ms) * 1_000_000 // passed
    if abs(y) > PPM_MAX:
        # A step of a server's clock or the node's is not drift. Which was right is not known.
        ppm = PPM_MAX if residual else ppm
    elif passed >= _SPAN_MS_MIN:
        *sums, _ = _read(clock, last)
        _add(sums, _X_SCALE // 2 * total // (count or 1), y, uncertain_ms * 1_000_000 // passed)
        drift, slope = _line(sums)
        mean, spread = _range(sums)
        ppm = _uncertainty_ppm(ppm, residual, passed)
        _write(clock, last, sums, ppm)
    put(clock, ppm, drift, slope, 0, 0, last, mean, spread)


def _add(sums, x, y, noise):
    """Add a point whose drift is uncertain by `noise` ppm."""
    if not sums[0]:
        # An inexact point without drift precedes the first one.
        sums[:] = [_WEIGHT_FIRST * each for each in (1, x, x * x, 0, 0)]
    weight = max(1, _WEIGHT // (noise * noise + _PPM_NOISE * _PPM_NOISE))
    for i, value in enumerate((1, x, x * x, y, x * y)):
        sums[i] += weight * value - (sums[i] + _POINTS // 2) // _POINTS


def _line(sums):
    """Return the drift at 0 °C in ppm, and by how much it rises per kelvin, in 1/64 ppm."""
    weight, x, xx, y, xy = sums
    if not weight:
        return 0, 0
    # By SLOPE_SCALE for each unit of x.
    slope = SLOPE_SCALE * (weight * xy - x * y) // (weight * (xx + _FLAT) - x * x)
    slope = max(-_SLOPE_MAX // _X_SCALE, min(_SLOPE_MAX // _X_SCALE, slope))
    drift = (SLOPE_SCALE * y - slope * x) // (SLOPE_SCALE * weight)
    return max(-_DRIFT_MAX, min(_DRIFT_MAX, drift)), slope * _X_SCALE


def _range(sums):
    """Return the mean temperature of the points in °C, and twice their deviation in K."""
    weight, x, xx = sums[:3]
    if not weight:
        return 0, 0
    variance = (weight * xx - x * x) // (weight * weight)
    spread = 0
    while (_X_SCALE * spread) ** 2 < 4 * variance and spread < 100:
        spread += 1
    return (x // weight + _X_SCALE // 2) // _X_SCALE, spread


def _uncertainty_ppm(before, residual, passed):
    """Return four times the largest of the last residuals; older ones count less."""
    left = before // 2
    if before <= _PPM_LEARNED:
        left = before - before * min(passed, _DAY_MS) // (4 * _DAY_MS)
    return max(left, min(4 * residual, PPM_MAX), PPM_MIN)


def _path(clock, last):
    """Return the path of the sums: those of the crystal are of another clock."""
    name = "/crystal" if last == UNFELT else "/drift"
    return clock.path[: clock.path.rfind("/")] + name


def _read(clock, last):
    content = small_file.read(_path(clock, last)) or b""
    if len(content) != struct.calcsize(_FILE):
        return [0, 0, 0, 0, 0, PPM_MAX]
    return list(struct.unpack(_FILE, content))


def _write(clock, last, sums, ppm):
    try:
        small_file.write(_path(clock, last), struct.pack(_FILE, *sums, ppm))
    except OSError:
        # Only what was learned is lost, and only if the power fails.
        pass
