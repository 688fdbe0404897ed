"""Judge the stamps of boots that never learned the time: the node has estimated their begin.

The board's log and the dated samples show between which times such a boot must have been.
"""

from bisect import bisect_left, bisect_right
from math import inf

# The largest drift of a sleep clock.
_DRIFT_SHARE = 0.005
_ROUNDING_US = 2_000_000
# The node estimates this number of boots.
_BOOTS_MAX = 32
# The values of the node's own channels end here.
_VALUE_MAX = (1 << 30) - 1


class Estimates:
    """The estimates in the last flash of a Case, whose `held` is known."""

    def __init__(self, case):
        self._case, self._log = case, case.board_log
        self._found = case.final.estimates
        self._dated_us = sorted(
            sample.time_us
            for sample, reading in case.held.readings.items()
            if sample.device and reading.is_dated
        )

    @property
    def are_due(self):
        """True if the node estimates each boot, of which there are few enough."""
        choice = self._case.evidence.typed["time"]["undated"]
        return choice == "estimate" and len(self._log.powers) < _BOOTS_MAX

    def problem(self, reading, sample):
        """Return what is wrong with the estimated stamp of a Sample, or None."""
        estimate = self._found.get(reading.boot)
        if estimate is None:
            return None  # The file of the last 64 boots no longer has it.
        error_us = abs(reading.stamp_us - sample.time_us)
        slack_us = self._slack_us(sample.time_us)
        if error_us > estimate.uncertainty_us + slack_us:
            return f"the estimated stamp is {error_us / 1e6:.1f} s off, more than it states"
        low_us, high_us = self._room_us(sample.time_us)
        if not low_us - slack_us <= reading.stamp_us <= high_us + slack_us:
            return "the estimated stamp is not between its neighbours"
        # The flash may no longer have had a dated row before the boot. Before the first one the
        # firmware's date is the bound, which no witness knows.
        known_us = self._dated_us[0] if low_us > -inf else -inf
        if estimate.uncertainty_us > high_us - known_us + slack_us:
            return f"the estimate states {estimate.uncertainty_us / 1e6:.1f} s, which is too much"
        return None

    def stated(self):
        """Yield (boot, (stamp in us, uncertainty in ms)) of the rows that must state estimates."""
        first_us = {}
        for reading in self._case.held.readings.values():
            if reading.is_estimated:
                known_us = first_us.get(reading.boot, inf)
                first_us[reading.boot] = min(known_us, reading.stamp_us)
        for boot, estimate in self._found.items():
            if boot in first_us:
                stated_ms = min(estimate.uncertainty_us // 1000, _VALUE_MAX)
                yield boot, (first_us[boot], stated_ms)

    def _room_us(self, time_us):
        """Return the last dated time before the boot of a sample, and the next dated power-on."""
        _, on_us, off_us = self._log.power_of(time_us)
        dated_us = self._dated_us
        before = bisect_left(dated_us, on_us)
        after = bisect_right(dated_us, off_us)
        low_us = dated_us[before - 1] if before else -inf
        is_last = after == len(dated_us)
        return low_us, inf if is_last else self._log.power_of(dated_us[after]).on_us

    def _slack_us(self, time_us):
        """Return the drift of the ticks between the neighbours, and the errors of two stamps."""
        low_us, high_us = self._room_us(time_us)
        span_us = 0 if inf in (-low_us, high_us) else high_us - low_us
        return _ROUNDING_US + _DRIFT_SHARE * span_us + 2 * self._case.bound.reach_us(time_us)
