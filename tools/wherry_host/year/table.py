"""The readings of one uplink at the end of a life: at its server, set aside, and waiting."""

from bisect import bisect_left
from collections import defaultdict
from typing import NamedTuple

from wherry_host.account.stamps import error_ms_max
from wherry_host.account.uplink_tables import own_names, place_of, takes
from wherry_host.year.node import BEGIN_US


class Entry(NamedTuple):
    """A reading as a witness has it; without a date, its time is counted from power-on."""

    time_us: int
    value: float
    is_dated: bool = True


class Table:
    """`uplink` is a typed section, `flash` a Flash, `kept` are the readings in the queue and the
    stage. `found.wrong(text)` takes each violation.
    """

    def __init__(self, site, uplink, flash, kept, found):
        node = site.node
        self._label, self._found = uplink["label"], found
        self._takes = takes(uplink["selection"])
        self._error_ms_max = error_ms_max(node.typed)
        self._near_us = node.typed["node"]["sample_every_ms"] * 1000 // 2
        place = place_of(node, node.typed["node"]["name"], uplink)
        own = own_names(node, uplink)
        points = site.store.points.get(place, {})
        delivered = (
            (own.get(channel, channel), Entry(time_us, value))
            for (channel, time_us), value in points.items()
        )
        copies = site.store.copies[place]
        found.duplicates += copies
        if copies:
            found.wrong(f"{self._label}: {copies} points came again, and no answer was lost")
        ledger = flash.ledger_of(self._label)
        aside = {(each.row, each.channel) for name, _, each in flash.aside if name == self._label}
        held = [each for each in kept if (each.row, each.channel) in aside]
        others = [each for each in kept if (each.row, each.channel) not in aside]
        self._entries = {
            "delivered": _by_channel(delivered),
            "set_aside": _by_channel(map(_entry_of, held)),
            "waiting": _by_channel(
                _entry_of(each) for each in others if (each.row, each.index) >= ledger[:2]
            ),
        }
        self._judged = set()

    def places(self, shape, samples, cut_us, late_us):
        """Return the place of each sample of a channel, None for one that is lost.

        After `cut_us`, the end of the life may have interrupted a measurement. A sample from
        before `late_us` must be at the server.
        """
        self._judged.add(shape.name)
        if not self._takes(shape.name):
            return ["others"] * len(samples)
        places = [None] * len(samples)
        times_us = [time_us for time_us, _ in samples]
        for place, entries in self._entries.items():
            own = entries.get(shape.name, [])
            own[:] = [
                entry
                for entry in own
                if not self._match(shape, samples, times_us, entry, place, places)
            ]
        for i, (time_us, value) in enumerate(samples):
            what = f"{self._label}: {shape.name} of {time_us}, {value:g},"
            if places[i] is None and time_us >= cut_us:
                places[i] = "cut_short"
            elif places[i] is None:
                self._found.wrong(f"{what} is lost")
            elif places[i] == "waiting" and time_us < late_us:
                self._found.wrong(f"{what} is not delivered in time")
        return places

    def _match(self, shape, samples, times_us, entry, place, places):
        """Give the nearest sample its place; return False if the entry explains no sample.

        An entry in flash may be of a sample that is at the server as well: the cursor moves after
        the answer.
        """
        at = bisect_left(times_us, entry.time_us)
        near = [i for i in (at - 1, at) if 0 <= i < len(samples)]
        near = [i for i in near if abs(times_us[i] - entry.time_us) < self._near_us]
        near.sort(key=lambda i: abs(times_us[i] - entry.time_us))
        free = [i for i in near if places[i] is None]
        if free:
            places[free[0]] = place
            self._compare(shape, samples[free[0]], entry)
            return True
        return bool(near) and place != "delivered"

    def _compare(self, shape, sample, entry):
        found, wanted = self._found, shape.value(sample[1])
        if abs(entry.value - wanted) > shape.step + 1e-9:
            found.wrong(f"{self._label}: {shape.name} is {entry.value:g}, not {wanted:g}")
        error_ms = abs(sample[0] - entry.time_us) / 1000
        if not entry.is_dated:
            return
        found.worst_stamp_error_ms = max(found.worst_stamp_error_ms, error_ms)
        if error_ms > self._error_ms_max:
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


def _entry_of(reading):
    if reading.stamp_us is not None:
        return reading.channel, Entry(reading.stamp_us, reading.value)
    return reading.channel, Entry(BEGIN_US + reading.ticks_us, reading.value, False)
