"""The readings of one uplink at the end of a life: at its server, set aside, and waiting."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import NamedTuple

from wherry_host.account.uplink_tables import dialect_of, own_names, place_of, takes
from wherry_host.year.judge.excuses import Refused, times_us


class Entry(NamedTuple):
    """A reading as a witness has it; without a date, it may be of any of the boots.

    `received_us` is the time at which a server stored it.
    """

    times_us: tuple
    value: float
    is_dated: bool = True
    received_us: int | None = None

    @property
    def time_us(self):
        """The first time that it may have."""
        return self.times_us[0]


class Column:
    """The samples of one channel, and the place of each at one uplink."""

    def __init__(self, shape, samples, bound, near_us):
        self.shape, self.samples, self._near_us = shape, samples, near_us
        self.places = [None] * len(samples)
        self.times_us = [time_us for time_us, _ in samples]
        #: The bound of each stamp's error.
        self.errors_us = [bound.error_us(time_us) for time_us in self.times_us]
        self._reach_us = max(self.errors_us, default=0)

    def fitting(self, entry):
        """Return the indices of the samples that an entry may be of, the nearest first."""
        found = []
        reach_us = self._reach_us if entry.is_dated else self._near_us
        for entry_us in entry.times_us:
            first = bisect_left(self.times_us, entry_us - reach_us)
            end = bisect_right(self.times_us, entry_us + reach_us)
            for i in range(first, end):
                away_us = abs(self.times_us[i] - entry_us)
                is_within = away_us <= self.errors_us[i] or not entry.is_dated
                if is_within and self.agrees(i, entry):
                    found.append((away_us, i))
        return [i for _, i in sorted(found)]

    def nearest(self, entry):
        """Return the indices of the samples before and after an entry, the nearer first."""
        at = bisect_left(self.times_us, entry.time_us)
        near = [i for i in (at - 1, at) if 0 <= i < len(self.samples)]
        near = [(abs(self.times_us[i] - entry.time_us), i) for i in near]
        return [i for away_us, i in sorted(near) if away_us < self._near_us]

    def agrees(self, i, entry):
        """Return True if a sample has the value of an entry."""
        return self.shape.allows(entry.value, self.samples[i][1])


class Table:
    """`uplink` is a typed section, `stored` are the Flash and the Readings in RTC memory, `limits`
    are a StampBound and a Lateness, which is None if the node may wait with its cell empty.
    `found.wrong(text)` takes each violation.
    """

    def __init__(self, life, uplink, stored, limits, found):
        site, (flash, staged) = life.site, stored
        node = site.node
        self._label, self._found = uplink["label"], found
        self._takes = takes(uplink["selection"])
        self._bound, self._lateness = limits
        self._end_us = life.clock.us
        self._near_us = node.typed["node"]["sample_every_ms"] * 1000 // 2
        place = place_of(node, node.typed["node"]["name"], uplink)
        own = own_names(node, uplink)
        points = site.store.points.get(place, {})
        delivered = (
            (
                own.get(channel, channel),
                Entry((time_us,), point.value, received_us=point.received_us),
            )
            for (channel, time_us), point in points.items()
        )
        self._judge_copies(site.store, place)
        self._ledgers = [
            ledger
            for label, ledger in flash.ledgers.items()
            if label.partition("~")[0] == self._label
        ]
        self._gone_count = 0
        ledger = flash.ledger_of(self._label)
        kept_aside = [each[1:] for each in flash.aside if each[0] == self._label]
        held = [each for _, each in kept_aside]
        aside = {(each.row, each.channel) for each in held}
        others = [
            each
            for each in flash.readings + staged
            if (each.row, each.channel) not in aside and (each.row, each.index) >= ledger[:2]
        ]
        self._refused = Refused(site.store, place, own, dialect_of(uplink)[1], len(held))
        self._judge_aside(kept_aside, life.power.losses)
        self._entries = {
            "delivered": _by_channel(delivered),
            "set_aside": _by_channel(_entry_of(each, life.power.ons_us) for each in held),
            "waiting": _by_channel(_entry_of(each, life.power.ons_us) for each in others),
        }
        self._judged = set()

    def _judge_copies(self, store, place):
        self._found.duplicates += store.copies[place]
        if count := store.needless[place]:
            self._found.wrong(f"{self._label}: {count} points came again, and no answer was lost")

    def _judge_aside(self, kept, losses):
        """Report the readings that the node set aside without a reason.

        The status is 0 if a boot ended before the node learned the time.
        """
        for status, each in kept:
            is_refused = self._refused.has(each.channel, each.stamp_us) if status else losses
            if not is_refused:
                what = f"{self._label}: {each.channel} {each.value:g} of row {each.row}"
                self._found.wrong(f"{what} is set aside and was not refused")

    def places(self, shape, samples, excuse, cut_us):
        """Return the place of each sample of a channel, None for one that is lost.

        After `cut_us`, the end of the life may have interrupted a measurement. `excuse(sample)`
        names the fault that lost one.
        """
        self._judged.add(shape.name)
        if not self._takes(shape.name):
            return ["others"] * len(samples)
        column = Column(shape, samples, self._bound, self._near_us)
        for find in (column.fitting, column.nearest):
            for place, entries in self._entries.items():
                own = entries.get(shape.name, [])
                own[:] = [each for each in own if not self._place(column, find, each, place)]
        for i, sample in enumerate(samples):
            time_us, value = sample
            what = f"{self._label}: {shape.name} of {time_us}, {value:g},"
            if column.places[i] is None and time_us >= cut_us:
                column.places[i] = "cut_short"
            elif column.places[i] is None:
                column.places[i] = excuse(sample) or self._drop(column, i)
                self._gone_count += column.places[i] in ("thinned", "dropped")
                if column.places[i] is None:
                    self._found.wrong(f"{what} is lost")
            elif column.places[i] == "waiting" and self._late_us(time_us, self._end_us) > 0:
                self._found.wrong(f"{what} is not delivered in time")
        return column.places

    def _late_us(self, time_us, received_us):
        """Return by how much a measurement of a true time is late if it is stored at another."""
        return received_us - self._lateness.due_us(time_us) if self._lateness else 0

    def _drop(self, column, i):
        place = column.shape.name, column.times_us[i], column.errors_us[i]
        return "dropped" if self._refused.dropped(*place) else None

    def _place(self, column, find, entry, place):
        """Give a sample its place; return False if the entry explains no sample.

        An entry in flash may be of a sample that is at the server as well: the cursor moves after
        the answer.
        """
        near = find(entry)
        free = [i for i in near if column.places[i] is None]
        if free:
            column.places[free[0]] = place
            self._compare(column, free[0], entry)
            if place == "delivered":
                self._judge_delay(column, free[0], entry)
            if place == "set_aside" and not entry.is_dated:
                self._judge_undated(column, free[0])
            return True
        return bool(near) and place != "delivered"

    def _judge_delay(self, column, i, entry):
        time_us = column.times_us[i]
        late_us = self._late_us(time_us, entry.received_us)
        if late_us > 0:
            what = f"{self._label}: {column.shape.name} of {time_us}"
            self._found.wrong(f"{what} is delivered {late_us // 1_000_000} s too late")

    def _judge_undated(self, column, i):
        time_us = column.times_us[i]
        if self._bound.is_datable(time_us):
            what = f"{self._label}: {column.shape.name} of {time_us}"
            self._found.wrong(f"{what} is undated, but its boot learned the time")

    def _compare(self, column, i, entry):
        found, shape = self._found, column.shape
        if not column.agrees(i, entry):
            wanted = shape.value(column.samples[i][1])
            found.wrong(f"{self._label}: {shape.name} is {entry.value:g}, not {wanted:g}")
        if not entry.is_dated:
            return
        error_us = abs(column.times_us[i] - entry.time_us)
        found.worst_stamp_error_ms = max(found.worst_stamp_error_ms, error_us / 1000)
        if error_us > column.errors_us[i]:
            what = f"{self._label}: {shape.name} of {column.times_us[i]}"
            found.wrong(f"{what} is {error_us / 1000:.0f} ms off")

    def judge_rest(self):
        """Report what is not counted, and the entries that no sample explains."""
        counted = sum(each.thinned + each.dropped for each in self._ledgers)
        if self._gone_count > counted:
            what = f"{self._label}: {self._gone_count} readings are thinned or dropped"
            self._found.wrong(f"{what}, but {counted} are counted")
        for place, entries in self._entries.items():
            for channel in sorted(self._judged & entries.keys()):
                for entry in entries[channel]:
                    what = f"{self._label}: {channel} {entry.value:g} of {entry.time_us}"
                    self._found.wrong(f"{what} ({place}) was not measured")


def _by_channel(pairs):
    found = defaultdict(list)
    for channel, entry in pairs:
        found[channel].append(entry)
    return {channel: sorted(entries) for channel, entries in found.items()}


def _entry_of(reading, ons_us):
    is_dated = reading.stamp_us is not None
    return reading.channel, Entry(times_us(reading, ons_us), reading.value, is_dated)
