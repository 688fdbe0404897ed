"""Pair measurements with stored readings by time and value, without the node's claims."""

from bisect import bisect_left
from collections import Counter, defaultdict
from statistics import median

# The largest time between a sample and its entry; a fast clock adds the second value.
_MATCH_US, _FAST_MATCH_US = 600_000, 500_000
# The same for entries with an equal value that have no pair yet, if the computer stalled.
STALLED_MATCH_US = 3_000_000
# The ticks of a boot differ from true time by a constant; each row may be off by this much.
_TICKS_US = 100_000
# The largest number of readings used to find the start of a boot; more would not change it.
_FITTED_MAX = 200


def nearest(samples, found, speed=1):
    """Pair samples with (channel, time_us, value, ...) one to one; return [(sample, entry)].

    Entries with the same time are one row. First, entries with the measured value are paired, the
    nearest in time before others. The error of the row's stamp is subtracted: the error that its
    values show, or the error of the channel's nearest row. Then unpaired samples are searched over
    a longer time, because the error of a stamp is judged elsewhere. Last, near entries with
    another value are paired. A sample or an entry whose time is None has no pair.
    """
    near_us = _MATCH_US + _FAST_MATCH_US * max(speed - 1, 0)
    candidates = _candidates(samples, found, near_us)
    errors_us = _errors_us(candidates, found)
    pairs = _paired(candidates, errors_us)
    samples, found = left_of(samples, found, pairs)
    # A copy of a paired entry does not belong to another sample.
    known = {entry[:2] for _, entry in pairs}
    others = [entry for entry in found if entry[:2] not in known]
    far = _candidates(samples, others, STALLED_MATCH_US * max(speed, 1))
    pairs += _paired(far, _errors_us(far, others))
    samples, found = left_of(samples, found, pairs)
    return pairs + _paired(_candidates(samples, found, near_us, same=False), errors_us)


def left_of(samples, found, pairs):
    """Return the samples and the entries that lack a pair."""
    paired = {id(each) for pair in pairs for each in pair}
    samples = [sample for sample in samples if id(sample) not in paired]
    return samples, [entry for entry in found if id(entry) not in paired]


def _paired(candidates, errors_us):
    taken = set()
    pairs = []

    def strangeness(candidate):
        error_us, _, entry = candidate
        return abs(error_us - errors_us.get(id(entry), 0))

    for _, sample, entry in sorted(candidates, key=strangeness):
        if id(sample) not in taken and id(entry) not in taken:
            taken |= {id(sample), id(entry)}
            pairs.append((sample, entry))
    return pairs


def _candidates(samples, found, span_us, same=True):
    """Return (us between the times, sample, entry) of near pairs with equal or other values."""
    entries_of = defaultdict(list)
    for entry in sorted((each for each in found if each[1] is not None), key=lambda e: e[:2]):
        entries_of[entry[0]].append(entry)
    candidates = []
    for sample in samples:
        if sample.time_us is None or sample.channel not in entries_of:
            continue
        entries = entries_of[sample.channel]
        i = bisect_left(entries, sample.time_us - span_us, key=lambda entry: entry[1])
        while i < len(entries) and entries[i][1] <= sample.time_us + span_us:
            if sample.allows(entries[i][2]) == same:
                candidates.append((entries[i][1] - sample.time_us, sample, entries[i]))
            i += 1
    return candidates


def _errors_us(candidates, found):
    """Return {id of an entry: error of its row's stamp in us, 0 if unknown}."""
    known_us = _row_errors_us(candidates)
    rows_of = defaultdict(set)
    for entry in found:
        if entry[1] in known_us:
            rows_of[entry[0]].add(entry[1])
    rows_of = {channel: sorted(rows) for channel, rows in rows_of.items()}
    errors_us = {}
    for entry in found:
        if entry[1] is not None:
            row_us = _next_to(entry[1], rows_of.get(entry[0], ()))
            errors_us[id(entry)] = known_us.get(row_us, 0)
    return errors_us


def _next_to(time_us, rows):
    """Return the time in a sorted list that is nearest to a time, or None if none is near."""
    i = bisect_left(rows, time_us)
    near = [row_us for row_us in rows[max(i - 1, 0) : i + 1] if abs(row_us - time_us) <= _MATCH_US]
    return min(near, key=lambda row_us: abs(row_us - time_us), default=None)


def _row_errors_us(candidates):
    """Return {time of a row: error of its stamp in us} for rows whose values show the error.

    One value shows the error if only one sample with this value is near. All values of the row
    together show it if most of them agree on one error, or on one error within the usual distance
    of a sample.
    """
    same = defaultdict(list)
    votes_of = defaultdict(Counter)
    for error_us, _, entry in candidates:
        same[id(entry)].append((entry[1], error_us))
        votes_of[entry[1]][error_us] += 1
    errors_us = defaultdict(list)
    for found in same.values():
        if len(found) == 1:
            errors_us[found[0][0]].append(found[0][1])
    known_us = {time_us: median(found) for time_us, found in errors_us.items()}
    for time_us, votes in votes_of.items():
        most = max(votes.values())
        found = [error_us for error_us, count in votes.items() if count == most]
        near = [error_us for error_us in found if abs(error_us) <= _MATCH_US]
        if len(found) == 1 or len(near) == 1:
            known_us.setdefault(time_us, (near or found)[0])
    return known_us


class BootTimes:
    """The times of readings that only have the ticks of their boot, found by fitting their values.

    Stamps that are estimates count as missing.

    `samples` are all samples of a run, `board_log` is its BoardLog, `speed` the highest speed of
    its clock.
    """

    def __init__(self, samples, board_log, speed=1):
        self._board_log, self._speed = board_log, speed
        self._by_channel = defaultdict(list)
        for sample in samples:
            self._by_channel[sample.channel].append(sample)
        # {boot: (number of readings used, true Unix us of its tick 0)}.
        self._offsets_us = {}

    def learn(self, readings):
        """Find the start of each boot that has more readings than at the last call."""
        undated = defaultdict(list)
        for reading in readings:
            if reading.boot is not None and not reading.is_dated:
                undated[reading.boot].append(reading)
        for boot, group in undated.items():
            if len(group) > self._offsets_us.get(boot, (0, None))[0]:
                offset_us = self._offset_us(group)
                if offset_us is not None:
                    self._offsets_us[boot] = len(group), offset_us

    def time_us(self, reading):
        """Return a reading's stamp, else the true Unix us of its ticks, else None."""
        if reading.is_dated:
            return reading.stamp_us
        _, offset_us = self._offsets_us.get(reading.boot, (0, None))
        return reading.stamp_us if offset_us is None else reading.ticks_us + offset_us

    def _offset_us(self, readings):
        """Return the true time of tick 0 of a boot from its undated readings, else None.

        Each moment at which the first reading may have been measured is tried. The result is the
        moment with which most of the other readings fit a measurement.
        """
        found = [each for each in readings if each.channel in self._by_channel]
        if not found:
            return None
        found = found[:: -(-len(found) // _FITTED_MAX)]
        first, best = found[0], (0, None)
        for sample in self._by_channel[first.channel]:
            offset_us = sample.time_us - first.ticks_us
            _, on_us, off_us = self._board_log.power_of(sample.time_us)
            if sample.allows(first.value) and on_us <= sample.time_us <= off_us:
                fits = sum(self._fits(each, offset_us, off_us) for each in found)
                best = max(best, (fits, offset_us), key=lambda each: each[0])
        return best[1]

    def _fits(self, reading, offset_us, off_us):
        time_us = reading.ticks_us + offset_us
        near_us = _TICKS_US * max(self._speed, 1)
        samples = self._by_channel[reading.channel]
        i = bisect_left(samples, time_us - near_us, key=lambda sample: sample.time_us)
        while i < len(samples) and samples[i].time_us <= min(time_us + near_us, off_us):
            if samples[i].allows(reading.value):
                return True
            i += 1
        return False
