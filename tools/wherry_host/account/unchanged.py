"""Find the samples that a node may leave out because they are near the last kept value."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter

from wherry_host.account.periods import sample_periods_us

_ROUNDING = 1e-9
_time_us = attrgetter("time_us")


@dataclass
class _Limit:
    """`change` is in the channel's unit; a value is kept within `every_us` of the previous one."""

    change: float
    every_us: int


class Unchanged:
    """The channels with report_change of a Case, and their samples that the flash has held."""

    def __init__(self, case):
        self._case = case
        self._limits = _limits(case)
        self._kept = defaultdict(list)
        for sample in case.held.readings:
            if sample.channel in self._limits and sample.time_us is not None:
                self._kept[sample.channel].append(sample)
        for samples in self._kept.values():
            samples.sort(key=_time_us)

    def has(self, sample):
        """Return True if a sample that is not in any row is close enough to the last one kept.

        A node never compares a value with one from before a start. A wake from deep sleep is not a
        start.
        """
        limit, kept = self._limits.get(sample.channel), self._kept[sample.channel]
        i = bisect_left(kept, sample.time_us, key=_time_us)
        if limit is None or i == 0:
            return False
        before = kept[i - 1]
        starts_us = self._case.board_log.starts_us
        if bisect_right(starts_us, before.time_us) != bisect_right(starts_us, sample.time_us):
            return False
        margin = before.step + sample.step + _ROUNDING
        is_near = abs(sample.value - before.value) < limit.change + margin
        return is_near and sample.time_us - before.time_us <= limit.every_us


def _limits(case):
    """Return {channel: _Limit} of the channels with report_change."""
    typed = case.evidence.typed
    period_us = max(sample_periods_us(typed, case.evidence.truth))
    found = {}
    for section in typed["sensor"]:
        report_ms, entries = section.get("report", (0, ()))
        # The first sample of each period of report_every is kept.
        every_us = 1000 * report_ms + period_us * section.get("every", 1) + case.start_us
        for index, (change, _) in entries:
            name, _, decimals = section["channels"][index]
            found[name] = _Limit(change / 10**decimals, every_us)
    return found
