"""The largest allowed distance of a stamp from its measurement, from the witnesses of a run."""

from bisect import bisect_right

from wherry_host.account.stalls import FAST

_ERROR_MS_MAX = 50
# A stamp of whole seconds may be off by another half second.
_UNIT_MS = {"ms": 0, "s": 500}
# The span around a measurement, and around an exchange that requests the time.
_SAMPLE_US, _SYNC_US = 50_000, 100_000


def error_ms_max(typed, speed=1):
    """Return the bound in ms for a node with a typed configuration, without stalls."""
    return _ERROR_MS_MAX * speed + _UNIT_MS[typed["node"]["stamps"]]


class StampBound:
    """The bound: 50 ms of this computer's time plus a stall.

    The stall is the largest single one that touches the measurement or the exchange that dates it.
    Several stalls are added up only on a fast clock.

    `forgiven` are the times of the measurements, in Unix us, that needed a stall.
    """

    def __init__(self, evidence, board_log):
        # On a clock that is faster than this computer's clock, delays grow in proportion.
        self.speed = max(evidence.speed, 1)
        # On such a clock, all time lost to the computer around a measurement counts.
        self.is_fast = self.speed >= FAST
        self.error_ms_max = error_ms_max(evidence.typed, self.speed)
        self.forgiven = set()
        self._syncs_us = evidence.syncs_us
        self._standstill = evidence.standstill
        self._board_log = board_log

    def is_exceeded(self, error_ms, time_us):
        """Return True if the stamp of a measurement at a true Unix us is too far off."""
        if error_ms <= self.error_ms_max:
            return False
        if error_ms > self.error_ms_max + self._stalled_ms(error_ms, time_us):
            return True
        self.forgiven.add(time_us)
        return False

    def reach_us(self, time_us):
        """Return the largest distance in us between a stamp and the true time."""
        stalled_ms = self._stalled_ms(self.error_ms_max, time_us)
        return round(1000 * (self.error_ms_max + stalled_ms))

    def _stalled_ms(self, error_ms, time_us):
        around = [(time_us, _SAMPLE_US)]
        sync_us = self._sync_us(time_us)
        if sync_us is not None:
            around.append((sync_us, _SYNC_US))
        return max(self._around_us(*each, error_ms) for each in around) / 1000

    def _around_us(self, at_us, span_us, error_ms):
        """Return the us that were lost to the computer around a time."""
        near_us = span_us * self.speed
        largest_us = self._standstill.largest_us(at_us - near_us, at_us + near_us)
        # The kernel counts a wait when it is over. That may be later by twice the error, because a
        # stamp is the middle of its measurement.
        far_us = near_us + 2000 * error_ms
        longest_us = self._standstill.longest_us(at_us - far_us, at_us + far_us)
        taken_us = 0
        if self.is_fast:
            taken_us = self._standstill.taken_us(at_us - far_us, at_us + far_us)
        return max(largest_us, longest_us, taken_us)

    def _sync_us(self, time_us):
        """Return the time of the exchange that dates a measurement, or None.

        It is the last exchange before the measurement in the same power cycle, else the first
        exchange after it.
        """
        _, on_us, off_us = self._board_log.power_of(time_us)
        i = bisect_right(self._syncs_us, time_us)
        if i and self._syncs_us[i - 1] >= on_us:
            return self._syncs_us[i - 1]
        if i < len(self._syncs_us) and self._syncs_us[i] <= off_us:
            return self._syncs_us[i]
        return None
