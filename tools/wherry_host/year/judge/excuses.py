"""The faults that excuse a sample without a place; a claim of the node does not.

They are a broken sensor, a lost RTC memory, a run that a deploy ended, a full flash, a damaged
one, and a refusal.
"""

from bisect import bisect_left
from functools import partial

from wherry_host.account.uplink_tables import refused_in
from wherry_host.server.dialect import IGNORED

# The longest time from the start of a measurement to its row, without the sensor's warm-up.
MEASURING_US = 10_000_000
# Of two files of set-aside readings with 8 KB each, one is full.
_ASIDE_COUNT_MIN = 100
# A boot's ticks begin soon after the power came.
_SLACK_US = 1_000_000


class Excuses:
    """The excuses of a Life that has ended; `bound` is a StampBound."""

    def __init__(self, life, bound):
        self._bound = bound
        self._waits_in_rtc = any(
            each["node"]["durability"] == "stage" for each in life.site.typeds()
        )
        #: The losses of power that lost a reading with RTC memory, as their true times. A deploy
        #: records no gap for the readings of a channel that it removes.
        self.gaps = set()
        self._losses = life.power.losses
        # (number of the boot that it ended or was in, Loss or Deploy).
        self._ends = [*enumerate(self._losses)]
        self._ends += [(each.power_count, each) for each in life.deploys.done]
        self._ends.sort(key=lambda end: end[1].at_us)
        self._boots = life.boots
        self._unread_us = life.site.witness.unread_us
        self._left = life.left

    def of(self, model, shape, warm_up_us, sample):
        """Return the place of a sample of a model that is at no uplink, or None if it is lost."""
        time_us, _ = sample
        if (model, time_us) in self._unread_us:
            return "unread"
        return self._of_loss(shape, warm_up_us, sample) or self._left.place(
            shape, sample, self._bound.error_us(time_us) + _SLACK_US
        )

    def _of_loss(self, shape, warm_up_us, sample):
        """Return "cut_short" or "in_gap" if a loss of power or a deploy explains it, else None."""
        time_us, _ = sample
        for number, loss in self._ends:
            is_last = loss.begin_us is not None and loss.begin_us <= time_us <= loss.at_us
            is_soon = is_last and loss.at_us - time_us <= MEASURING_US + warm_up_us
            is_staged = (
                self._waits_in_rtc
                and time_us <= loss.at_us
                and self._has(
                    loss.staged, shape, sample, partial(self._boots.time_in_boot_us, number)
                )
            )
            if (is_soon or is_staged) and not self._has(
                loss.flash.readings, shape, sample, self._boots.time_us
            ):
                if is_staged and loss in self._losses:
                    self.gaps.add(loss.at_us)
                return "in_gap" if is_staged else "cut_short"
        return None

    def gap_count_min(self, flash):
        """Return the least number of gaps in the Flash at the end.

        A gap is recorded with the next row in flash. Until then, it includes further losses.
        """
        rows = {_next_row(loss.flash) for loss in self._losses if loss.at_us in self.gaps}
        return sum(row < _next_row(flash) for row in rows)

    def _has(self, readings, shape, sample, time_of):
        """Return True if a sample is among Readings, whose true times are `time_of(reading)`."""
        time_us, value = sample
        near_us = self._bound.error_us(time_us) + _SLACK_US
        return any(
            each.channel == shape.name
            and shape.allows(each.value, value)
            and abs(time_of(each) - time_us) <= near_us
            for each in readings
        )


def _next_row(flash):
    """Return the number after those of all rows that have been in a Flash."""
    numbers = [ledger.row for ledger in flash.ledgers.values()]
    return max([0, *numbers, *(row + 1 for row in flash.row_numbers[-1:])])


class Refused:
    """The readings that an uplink's server refused alone, and so a node may set aside."""

    def __init__(self, store, place, names, dialect, aside_count):
        refusals = [
            (names.get(channel, channel), *rest) for channel, *rest in store.refusals[place]
        ]
        self._times_us = {}
        for channel, time_us in sorted(refused_in(refusals, dialect.on_repeat == IGNORED)):
            self._times_us.setdefault(channel, []).append(time_us)
        #: True if a file of set-aside readings is full, so that the oldest ones are deleted.
        self.is_full = aside_count >= _ASIDE_COUNT_MIN

    def has(self, channel, time_us, near_us=0):
        """Return True if a reading with such a stamp was refused."""
        times_us = self._times_us.get(channel, [])
        at = bisect_left(times_us, time_us - near_us)
        return at < len(times_us) and times_us[at] <= time_us + near_us
