"""The faults that excuse a sample without a place; a claim of the node does not.

They are a broken sensor, a lost RTC memory, a run that a deploy ended, a full flash, a damaged
one, and a refusal.
"""

from bisect import bisect_left
from functools import partial
from typing import NamedTuple

from wherry_host.account.uplink_tables import refused_in
from wherry_host.server.dialect import IGNORED

# The longest time from the start of a measurement to its row, without the sensor's warm-up.
MEASURING_US = 10_000_000
# Of two files of set-aside readings with 8 KB each, one is full.
_ASIDE_COUNT_MIN = 100
# A boot's ticks begin soon after the power came.
_SLACK_US = 1_000_000


class _End(NamedTuple):
    """The end of a run by a Loss or a Deploy, in the power cycle with a number.

    `is_staging` is True if rows waited in RTC memory by the configuration of that time.
    """

    number: int
    cause: object
    is_loss: bool
    is_staging: bool


class Excuses:
    """The excuses of a Life that has ended; `bound` is a StampBound."""

    def __init__(self, life, bound):
        self._bound = bound
        #: The true times of the losses of power that lost a reading with RTC memory. A deploy
        #: records no gap for the readings of a channel that it removes.
        self.gaps = set()
        self._ends = sorted(_ends(life), key=lambda end: end.cause.at_us)
        self._has_staged = any(_is_staging(each) for each in life.site.typeds())
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
        for end in self._ends:
            cause = end.cause
            is_last = cause.begin_us is not None and cause.begin_us <= time_us <= cause.at_us
            is_soon = is_last and cause.at_us - time_us <= MEASURING_US + warm_up_us
            # A row on its way to the flash waits only for a moment.
            may_wait = end.is_staging if is_soon else self._has_staged
            is_staged = may_wait and time_us <= cause.at_us and self._is_staged(end, shape, sample)
            if is_staged and not end.is_loss:
                if cause.channels is not None and shape.name not in cause.channels:
                    return "in_gap"
                # A deploy keeps RTC memory.
                continue
            if is_staged:
                self.gaps.add(cause.at_us)
                return "in_gap"
            flash = cause.flash.readings
            if is_soon and not self._has(flash, shape, sample, self._boots.time_us):
                return "cut_short"
        return None

    def _is_staged(self, end, shape, sample):
        """Return True if a sample was in RTC memory, and its row not in flash."""
        cause = end.cause
        staged = [each for each in cause.staged if each.row_key not in cause.flash.row_keys]
        return self._has(staged, shape, sample, partial(self._boots.time_in_boot_us, end.number))

    def gap_rows(self, flash):
        """Return the rows in the Flash at the end before which a gap must be recorded.

        A gap is recorded with the next row in flash. Until then, it includes further losses.
        """
        rows = {_next_row(end.cause.flash) for end in self._ends if end.cause.at_us in self.gaps}
        return {row for row in rows if row < _next_row(flash)}

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


def _ends(life):
    """Yield the _End of each loss of power and of each deploy."""
    site, deploys = life.site, life.deploys

    def end(number, cause, is_loss):
        node = site.nodes[bisect_left(deploys.overs_us, cause.at_us)]
        return _End(number, cause, is_loss, _is_staging(node.typed))

    for number, loss in enumerate(life.power.losses):
        yield end(number, loss, True)
    for deploy in deploys.done:
        yield end(deploy.power_count, deploy, False)


def _is_staging(typed):
    return typed["node"]["durability"] == "stage"


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
