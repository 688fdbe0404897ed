"""The readings of one uplink at the end of a life: at its server, set aside, and waiting."""

from bisect import bisect_left
from collections import defaultdict
from typing import NamedTuple

from wherry_host.account.uplink_tables import dialect_of, own_names, place_of, takes
from wherry_host.year.excuses import Refused


class Entry(NamedTuple):
    """A reading as a witness has it; without a date, it may be of any of the boots."""

    times_us: tuple
    value: float
    is_dated: bool = True

    @property
    def time_us(self):
        """The first time that it may have."""
        return self.times_us[0]


class Table:
    """`uplink` is a typed section, `stored` are the Flash and the Readings in RTC memory, `bound`
    is a StampBound. `found.wrong(text)` takes each violation.
    """

    def __init__(self, life, uplink, stored, bound, found):
        site, (flash, staged) = life.site, stored
        node = site.node
        self._label, self._found = uplink["label"], found
        self._takes = takes(uplink["selection"])
        self._bound = bound
        self._near_us = node.typed["node"]["sample_every_ms"] * 1000 // 2
        place = place_of(node, node.typed["node"]["name"], uplink)
        own = own_names(node, uplink)
        points = site.store.points.get(place, {})
        delivered = (
            (own.get(channel, channel), Entry((time_us,), value))
            for (channel, time_us), value in points.items()
        )
        self._judge_copies(site.store, place)
        ledger = flash.ledger_of(self._label)
        held = [each for name, _, each in flash.aside if name == self._label]
        aside = {(each.row, each.channel) for each in held}
        others = [
            each
            for each in flash.readings + staged
            if (each.row, each.channel) not in aside and (each.row, each.index) >= ledger[:2]
        ]
        self.refused = Refused(site.store, place, own, dialect_of(uplink)[1], len(held))
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

    def places(self, shape, samples, excuse, cut_us, late_us):
        """Return the place of each sample of a channel, None for one that is lost.

        After `cut_us`, the end of the life may have interrupted a measurement. A sample from
        before `late_us` must be at the server. `excuse(sample)` names the fault that lost one.
        """
        self._judged.add(shape.name)
        if not self._takes(shape.name):
            return ["others"] * len(samples)
        places = [None] * len(samples)
        times_us = [time_us for time_us, _ in samples]
        for match in (self._fitting, self._nearest):
            for place, entries in self._entries.items():
                own = entries.get(shape.name, [])
                own[:] = [
                    entry
                    for entry in own
                    if not self._match(match, shape, samples, times_us, entry, place, places)
                ]
        for i, sample in enumerate(samples):
            time_us, value = sample
            what = f"{self._label}: {shape.name} of {time_us}, {value:g},"
            if places[i] is None and time_us >= cut_us:
                places[i] = "cut_short"
            elif places[i] is None:
                places[i] = excuse(sample) or self._drop(shape, time_us)
                if places[i] is None:
                    self._found.wrong(f"{what} is lost")
            elif places[i] == "waiting" and time_us < late_us:
                self._found.wrong(f"{what} is not delivered in time")
        return places

    def _drop(self, shape, time_us):
        near_us = self._bound.error_us(time_us)
        return "dropped" if self.refused.dropped(shape.name, time_us, near_us) else None

    def _match(self, match, shape, samples, times_us, entry, place, places):
        """Give a sample its place; return False if the entry explains no sample.

        An entry in flash may be of a sample that is at the server as well: the cursor moves after
        the answer.
        """
        near = match(shape, samples, times_us, entry)
        free = [i for i in near if places[i] is None]
        if free:
            places[free[0]] = place
            self._compare(shape, samples[free[0]], entry)
            return True
        return bool(near) and place != "delivered"

    def _fitting(self, shape, samples, times_us, entry):
        """Return the indices of the samples that agree with an entry, the nearest first."""
        found = []
        for entry_us in entry.times_us:
            reach_us = self._near_us
            if entry.is_dated:
                reach_us = 2 * self._bound.error_us(entry_us)
            first = bisect_left(times_us, entry_us - reach_us)
            end = bisect_left(times_us, entry_us + reach_us)
            found += [
                (abs(times_us[i] - entry_us), i)
                for i in range(first, end)
                if _agrees(shape, samples[i], entry)
                and (not entry.is_dated or self._is_within(times_us[i], entry_us))
            ]
        return [i for _, i in sorted(found)]

    def _is_within(self, time_us, entry_us):
        return abs(time_us - entry_us) <= self._bound.error_us(time_us)

    def _nearest(self, shape, samples, times_us, entry):
        """Return the indices of the samples before and after an entry, the nearer first."""
        at = bisect_left(times_us, entry.time_us)
        near = [i for i in (at - 1, at) if 0 <= i < len(samples)]
        near = [i for i in near if abs(times_us[i] - entry.time_us) < self._near_us]
        return sorted(near, key=lambda i: abs(times_us[i] - entry.time_us))

    def _compare(self, shape, sample, entry):
        found, wanted = self._found, shape.value(sample[1])
        if not _agrees(shape, sample, entry):
            found.wrong(f"{self._label}: {shape.name} is {entry.value:g}, not {wanted:g}")
        if not entry.is_dated:
            return
        error_us = abs(sample[0] - entry.time_us)
        found.worst_stamp_error_ms = max(found.worst_stamp_error_ms, error_us / 1000)
        if not self._is_within(sample[0], entry.time_us):
            error_ms = error_us / 1000
            found.wrong(f"{self._label}: {shape.name} of {sample[0]} is {error_ms:.0f} ms off")

    def judge_rest(self):
        """Report the entries of the judged channels that no sample explains."""
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
    if reading.stamp_us is not None:
        return reading.channel, Entry((reading.stamp_us,), reading.value)
    times_us = tuple(on_us + reading.ticks_us for on_us in ons_us)
    return reading.channel, Entry(times_us, reading.value, False)


def _agrees(shape, sample, entry):
    return abs(entry.value - shape.value(sample[1])) <= shape.step + 1e-9
