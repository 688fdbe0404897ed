"""The largest allowed error of a stamp, from the drift of the clock and the times it was given."""

from bisect import bisect_right
from math import inf
from operator import attrgetter

from wherry_host.account.stamps import error_ms_max
from wherry_host.year.world.network import CHIP, DATE

# A correction of more than this needs two answers that agree (docs/design/time.md).
_STEP_US = 300_000_000
# The node learns a drift of at most 0.5 %, and without any drift the noise of the answers.
_LEARNED_PPM, _NOISE_PPM = 5_000, 10
# The sources of whole seconds, which are exact to a second.
_WHOLE = DATE, CHIP
# The drift that is learned from them; after six Dates the node asks the time servers.
_COARSE_PPM, _DAY_US = 1_000, 86_400_000_000
_FAR_US = 3_600_000_000
# A node sets its DS3231 this late at most. The chip is exact to 5 ppm from -40 to 85 °C (DS3231M),
# and gives whole seconds. The node does not take its time this long after it was set.
_SET_US, _CHIP_PPM, _HALF_US = 50_000, 5, 500_000
_OLD_US = 5_900_000_000_000
# Within this time of each other, the answers of two sources belong to one upload.
_UPLOAD_US = 20_000_000
# The time from an answer to its note in flash.
_NOTING_US = 5_000_000


class StampBound:
    """The bound of each stamp of a Life that has ended; it uses no time of the node's.

    Between two answers, the clock is wrong by the last one's error and by its drift since.
    """

    def __init__(self, life):
        self._base_us = max(map(error_ms_max, life.site.typeds())) * 1000
        self._ons_us = life.power.ons_us
        self._ends_us = [loss.at_us for loss in life.power.losses]
        # The node may have learned the opposite of the present drift.
        self._ppm = 2 * life.port.drift_max_ppb / 1000
        self._drift_us = life.port.drift_from_us
        # {number of an answer: the bound right before it}.
        self._ahead_us = {}
        # The last argument and result of `errors_us`.
        self._last = [], []
        self._answers, self._times_us, self._whole_us, self._misled_us = [], [], [], inf
        self._adopt(life.site)

    def _adopt(self, site):
        """Find the Times that the node may have taken.

        Those are never far off, because no second source agrees. After each power-on they begin
        when the second source has come, or with a DS3231, which is not read later.
        """
        sections = [each["time"] for each in site.typeds()]
        is_alone = any(not each["http_date"] for each in sections)
        times = [each for each in site.network.times if is_alone or abs(each.off_us) < _FAR_US]
        cycle = None
        for i, each in enumerate(times):
            own_cycle = bisect_right(self._ons_us, each.time_us)
            if each.source == CHIP:
                taken = own_cycle != cycle and self._of_chip(each, site.chip_sets_us)
                if not taken:
                    continue
                self._append(taken)
            elif is_alone or own_cycle == cycle or _is_confirmed(times, i):
                self._append(each)
            else:
                continue
            cycle = own_cycle

    def _append(self, answer):
        self._answers.append(answer)
        self._times_us.append(answer.time_us)
        if answer.source in _WHOLE:
            self._whole_us.append(answer.time_us)
        elif answer.off_us:
            self._misled_us = min(self._misled_us, answer.time_us)

    def _of_chip(self, answer, sets_us):
        """Return a DS3231's Time with the error that it may have by the node's answers so far.

        Its true error would excuse a node that set the chip wrong. Returns None if it is too old.
        """
        set_us = sets_us[bisect_right(sets_us, answer.time_us) - 1]
        age_us = answer.time_us - set_us
        if age_us > _OLD_US:
            return None
        off_us = _HALF_US + age_us * _CHIP_PPM // 1_000_000
        first_us = self.first_answer_us(set_us)
        if first_us is not None and first_us <= set_us:
            # `_after` adds the base.
            off_us += round(self.error_us(set_us) - self._base_us) + _SET_US
        return answer._replace(off_us=off_us)

    def errors_us(self, times_us):
        """Return the bound of each of the times, which several channels and uplinks share."""
        if self._last[0] != times_us:
            self._last = times_us, [self.error_us(time_us) for time_us in times_us]
        return self._last[1]

    def error_us(self, time_us):
        """Return the bound in us for a measurement at a true Unix us."""
        before, _ = cycle = self._cycle(time_us)
        at = bisect_right(self._times_us, time_us)
        error_us, i = self._error_us(time_us, at, cycle)
        if i is None or i <= before:
            return error_us
        # Stamps increase: after a clock that was ahead, they wait for the true time.
        answer_us = self._times_us[i]
        if i not in self._ahead_us:
            self._ahead_us[i], _ = self._error_us(answer_us, i, cycle)
        return max(error_us, self._ahead_us[i] - (time_us - answer_us))

    def _error_us(self, time_us, at, cycle):
        """Return the bound, and the number of the last right answer of those before number `at`.

        The number is None without one.
        """
        before, after = cycle
        wrong_us = 0
        for i in range(at - 1, before - 1, -1):
            answer_us, off_us, source = self._answers[i]
            wrong_us = max(wrong_us, abs(off_us))
            if not off_us or source in _WHOLE:
                return self._after(answer_us, time_us, wrong_us, i if i > before else 0), i
        if at > before:
            # All answers were wrong, so the node may have learned a wrong drift from the first on.
            return self._after(self._times_us[before], time_us, wrong_us), None
        if at < after:
            answer_us, off_us, _ = self._answers[at]
            return self._after(time_us, answer_us, abs(off_us)), None
        return self._after(self._ons_us[0], time_us, wrong_us), None

    def first_answer_us(self, time_us):
        """Return the time of the first answer in the power cycle of a time, or None."""
        first, after = self._cycle(time_us)
        return self._times_us[first] if first < after else None

    def is_datable(self, time_us):
        """Return True if the node learned the time in the power cycle of a measurement.

        An answer of its last seconds may not be in flash.
        """
        i = bisect_right(self._ons_us, time_us)
        first, after = self._cycle(time_us)
        if first == after:
            return False
        is_last = i == len(self._ons_us)
        return is_last or self._times_us[first] < self._ends_us[i - 1] - _NOTING_US

    def _after(self, begin_us, end_us, wrong_us, earlier=0):
        """Return the bound after a drift from one time to another.

        The answer number `earlier` is the one at the begin, if the power cycle has one before it:
        if their times are far apart, the node takes the second of two that agree.
        """
        ppm = _LEARNED_PPM if self._misled_us <= end_us else _NOISE_PPM
        if self._misled_us > end_us and self._has_whole(begin_us - 2 * _DAY_US, end_us):
            ppm = _COARSE_PPM
        ppm += self._ppm * (self._drift_us <= end_us)
        drift_us = (end_us - begin_us) * ppm / 1e6
        if earlier:
            apart_us = self._times_us[earlier] - self._times_us[earlier - 1]
            if apart_us * ppm / 1e6 > _STEP_US:
                drift_us += apart_us * ppm / 1e6
        return self._base_us + wrong_us + drift_us

    def _has_whole(self, begin_us, end_us):
        """Return True if the node was given a time of whole seconds between two times."""
        return bisect_right(self._whole_us, begin_us) < bisect_right(self._whole_us, end_us)

    def _cycle(self, time_us):
        """Return the indices of the first answer of a power cycle, and of the first after it."""
        i = bisect_right(self._ons_us, time_us)
        before = bisect_right(self._times_us, self._ons_us[i - 1]) if i else 0
        is_last = i == len(self._ons_us)
        after = len(self._times_us) if is_last else bisect_right(self._times_us, self._ons_us[i])
        return before, after


def _is_confirmed(times, i):
    """Return True if another source than that of Time number `i` gave a time just before it.

    A Date alone replaces silent time servers.
    """
    last = times[i]
    if last.source == DATE:
        return True
    begin = bisect_right(times, last.time_us - _UPLOAD_US, key=attrgetter("time_us"))
    return any(each.source != last.source for each in times[begin:i])
