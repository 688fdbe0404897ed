"""The samples of a run beside what the flash has of them, for every uplink alike.

A sample goes with the reading of the row that the console says it went into, else with the one
nearest in time.
"""

from collections import defaultdict

from wherry import health_channels
from wherry_host.measured import Sample, nearest

_HEALTH = [name for name, _, _ in health_channels.CHANNELS]


class FlashSide:
    """`samples` are those that were given, and the node's own readings (health).

    `console` is a ConsoleRows, `ends_us` the times at which the program was ended,
    `bound` the StampBound of its samples;
    `tell(channel, time_us, text)` is given each difference.
    """

    def __init__(self, samples, kept, console, ends_us, bound, tell):
        self.kept = kept
        self.ends_us = ends_us
        self.console = console
        self.bound = bound
        self._tell = tell
        self._find(samples)
        self.samples = samples + self._health_samples(samples)

    def row(self, sample):
        """Return the number of a sample's row: in flash, or the next one on the console.

        None if no line follows, or if the flash has another sample in that row.
        """
        if sample.kept:
            return sample.kept.row
        row = self.console.row_after(sample.time_us)
        return None if (row, sample.channel) in self._held else row

    def is_cut_short(self, sample):
        """Tell whether the program was ended before a sample was in a row."""
        console = self.console
        is_short = console.is_left_in_chip if sample.is_fast else console.is_cut_short
        return is_short(sample.time_us)

    def unread(self, missing, at_server):
        """Return those of the missing samples that the node's driver never got out of the chip.

        When a row has as many readings as its line on the console promised, nothing of it is lost.
        Of fast sensors the console tells how many there were. `at_server` are the samples that a
        server has.
        """
        found = defaultdict(set)
        for sample in self.samples:
            if sample.kept or sample in at_server:
                found[self.row(sample)].add(sample.channel)
        promised = self.console.counts()
        left = defaultdict(lambda: self.console.lost_count)
        unread = set()
        for sample in missing:
            if sample.is_fast:
                left[sample.channel] -= 1
                if left[sample.channel] >= 0:
                    unread.add(sample)
                continue
            row = self.row(sample)
            if len(found[row]) == promised.get(row) and sample.channel not in found[row]:
                unread.add(sample)
        return unread

    def is_in_gap(self, time_us):
        """Tell whether the node has noted that rows of this time were lost with RTC memory."""
        return any(
            (from_us is None or from_us < time_us) and (to_us is None or time_us < to_us)
            for from_us, to_us in self.kept.gaps
        )

    def _find(self, samples):
        readings = [each for each in self.kept.readings if each.channel not in _HEALTH]
        pairs = self._told_pairs(samples, readings)
        told = {id(reading) for _, reading in pairs}
        times = [
            (reading.channel, self._time_us(reading), reading)
            for reading in readings
            if id(reading) not in told
        ]
        rest = [sample for sample in samples if sample.kept is None]
        near = nearest(rest, [entry for entry in times if entry[1] is not None])
        pairs += [(sample, reading) for sample, (_, _, reading) in near]
        for sample, reading in pairs:
            sample.kept = reading
            self._compare(sample, reading)
        self._held = {(reading.row, reading.channel) for _, reading in pairs}
        found = {id(reading) for _, reading in pairs}
        for reading in readings:
            if id(reading) not in found:
                text = f"row {reading.row} in flash, {reading.value:g}"
                self._tell(reading.channel, reading.stamp_us, text + ": nothing was measured")

    def _told_pairs(self, samples, readings):
        """Pair samples with the readings in flash of the row that they went into."""
        measured = defaultdict(list)
        for sample in samples:
            if sample.is_fast:
                continue
            measured[self.console.row_of(sample.time_us), sample.channel].append(sample)
        pairs = []
        for reading in readings:
            # Of several measurements the last one was kept: the others failed, or were cut short.
            found = measured.get((reading.row, reading.channel), ())
            right = [sample for sample in found if sample.allows(reading.value)] or found
            if right:
                right[-1].kept = reading
                pairs.append((right[-1], reading))
        return pairs

    def _compare(self, sample, reading):
        """Tell of a reading in flash that is not what was measured."""
        if not sample.allows(reading.value):
            text = f"the flash has {reading.value:g}, {sample.value:g} was measured"
            self._tell(sample.channel, sample.time_us, text)
        if reading.stamp_us is not None:
            error_ms = abs(reading.stamp_us - sample.time_us) / 1000
            if self.bound.is_exceeded(error_ms, sample.time_us):
                text = f"the stamp in flash is {error_ms:.1f} ms off"
                self._tell(sample.channel, sample.time_us, text)

    def _time_us(self, reading):
        """Return when a reading in flash was taken; of an undated one the console tells."""
        if reading.stamp_us is not None:
            return reading.stamp_us
        return self.console.time_us(reading.row)

    def _health_samples(self, samples):
        """Return the node's own readings: as the flash has them, else as the console tells."""
        found = [
            Sample(reading.channel, self._time_us(reading), reading.value, kept=reading)
            for reading in self.kept.readings
            if reading.channel in _HEALTH
        ]
        known = {reading.row for reading in self.kept.readings}
        known |= {self.row(sample) for sample in samples} | self.console.burst_rows
        for time_us, row, count in self.console.lines:
            if row not in known:
                found += [Sample(name, time_us, None) for name in _HEALTH[:count]]
        return found
