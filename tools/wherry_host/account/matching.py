"""Pairs what was measured with what is kept: by time and value, never by what a node says."""

from bisect import bisect_left
from collections import Counter, defaultdict
from statistics import median

# Two times further apart than this are not those of one sample; on a fast clock, that much more.
_MATCH_US, _FAST_MATCH_US = 600_000, 500_000
# Those that have found nothing so far, of one value, and of a computer that stood still.
_STALLED_MATCH_US = 3_000_000
# Ticks of one boot differ from true time by one number; each row's may be off by this.
_TICKS_US = 100_000


def nearest(samples, found, speed=1):
    """Pair samples with (channel, time_us, value, ...) one to one; return [(sample, entry)].

    Entries of one time are of one row. Those of the measured value go first, of them the nearest
    in time, when the row's own error is taken off: the one that its values tell, or those of the
    row of the channel next to it. What then has no pair is looked for further away, for how wrong
    a stamp may be is judged by others. A sample or an entry whose time is None has no pair.
    """
    pairs = _paired(_candidates(samples, found, _MATCH_US + _FAST_MATCH_US * max(speed - 1, 0)))
    paired = {id(sample) for sample, _ in pairs}
    # A copy of what has its pair is no other sample's.
    known = {entry[:2] for _, entry in pairs}
    samples = [sample for sample in samples if id(sample) not in paired]
    found = [entry for entry in found if entry[:2] not in known]
    far = _candidates(samples, found, _STALLED_MATCH_US * max(speed, 1))
    return pairs + _paired([candidate for candidate in far if not candidate[0]])


def _paired(candidates):
    errors_us = _errors_us(candidates)
    taken = set()
    pairs = []

    def strangeness(candidate):
        is_other, error_us, _, entry = candidate
        return is_other, abs(error_us - errors_us[id(entry)])

    for _, _, sample, entry in sorted(candidates, key=strangeness):
        if id(sample) not in taken and id(entry) not in taken:
            taken |= {id(sample), id(entry)}
            pairs.append((sample, entry))
    return pairs


def _candidates(samples, found, span_us):
    """Return (whether the values differ, us between the times, sample, entry) of what is near."""
    entries_of = defaultdict(list)
    for entry in sorted((each for each in found if each[1] is not None), key=lambda e: e[:2]):
        entries_of[entry[0]].append(entry)
    candidates = []
    for sample in samples:
        if sample.time_us is None:
            continue
        entries = entries_of[sample.channel]
        i = bisect_left(entries, sample.time_us - span_us, key=lambda entry: entry[1])
        while i < len(entries) and entries[i][1] <= sample.time_us + span_us:
            is_other = not sample.allows(entries[i][2])
            candidates.append((is_other, entries[i][1] - sample.time_us, sample, entries[i]))
            i += 1
    return candidates


def _errors_us(candidates):
    """Return {id of an entry: the error in us of its row's stamp, 0 if nothing tells it}."""
    known_us = _row_errors_us(candidates)
    rows_of = defaultdict(set)
    for _, _, _, entry in candidates:
        if entry[1] in known_us:
            rows_of[entry[0]].add(entry[1])
    rows_of = {channel: sorted(rows) for channel, rows in rows_of.items()}
    errors_us = {}
    for _, _, _, entry in candidates:
        if id(entry) not in errors_us:
            row_us = _next_to(entry[1], rows_of.get(entry[0], ()))
            errors_us[id(entry)] = known_us.get(row_us, 0)
    return errors_us


def _next_to(time_us, rows):
    """Return which of some times, in their order, is next to one; None if none is near."""
    i = bisect_left(rows, time_us)
    near = [row_us for row_us in rows[max(i - 1, 0) : i + 1] if abs(row_us - time_us) <= _MATCH_US]
    return min(near, key=lambda row_us: abs(row_us - time_us), default=None)


def _row_errors_us(candidates):
    """Return {time of a row: its stamp's error in us}, where values tell it.

    One value tells it if there is but one such sample near, all of them do if one sample has more
    of them than any other.
    """
    same = defaultdict(list)
    votes_of = defaultdict(Counter)
    for is_other, error_us, _, entry in candidates:
        if not is_other:
            same[id(entry)].append((entry[1], error_us))
            votes_of[entry[1]][error_us] += 1
    errors_us = defaultdict(list)
    for found in same.values():
        if len(found) == 1:
            errors_us[found[0][0]].append(found[0][1])
    known_us = {time_us: median(found) for time_us, found in errors_us.items()}
    for time_us, votes in votes_of.items():
        (error_us, most), *others = votes.most_common(2)
        if not others or most > others[0][1]:
            known_us.setdefault(time_us, error_us)
    return known_us


def match_flash(samples, readings, board_log, speed=1):
    """Pair samples with readings of a flash; return ([(sample, Reading)], times_us).

    `times_us` {id of a Reading: true Unix us} has the readings whose time could be found.
    """
    times_us = {id(each): each.stamp_us for each in readings if each.stamp_us is not None}
    undated = defaultdict(list)
    for reading in readings:
        if reading.stamp_us is None:
            undated[reading.boot].append(reading)
    for group in undated.values():
        offset_us = _offset_us(samples, group, board_log, speed)
        if offset_us is not None:
            times_us.update((id(each), each.ticks_us + offset_us) for each in group)
    entries = [(each.channel, times_us.get(id(each)), each.value, each) for each in readings]
    pairs = nearest(samples, entries, speed)
    return [(sample, entry[3]) for sample, entry in pairs], times_us


def _offset_us(samples, readings, board_log, speed):
    """Return the true time of ticks 0 of the undated readings of a boot, None if nothing fits.

    Of all moments at which the first of them may have been measured the one is taken that lets
    most of the others find their measurement.
    """
    by_channel = defaultdict(list)
    for sample in samples:
        by_channel[sample.channel].append(sample)
    found = [each for each in readings if each.channel in by_channel]
    if not found:
        return None
    first, best = found[0], (0, None)
    for sample in by_channel[first.channel]:
        offset_us = sample.time_us - first.ticks_us
        _, on_us, off_us = board_log.power_of(sample.time_us)
        if sample.allows(first.value) and on_us <= sample.time_us <= off_us:
            fits = sum(_fits(by_channel, each, offset_us, speed, off_us) for each in found)
            best = max(best, (fits, offset_us), key=lambda each: each[0])
    return best[1]


def _fits(by_channel, reading, offset_us, speed, off_us):
    time_us = reading.ticks_us + offset_us
    near_us = _TICKS_US * max(speed, 1)
    samples = by_channel[reading.channel]
    i = bisect_left(samples, time_us - near_us, key=lambda sample: sample.time_us)
    while i < len(samples) and samples[i].time_us <= min(time_us + near_us, off_us):
        if samples[i].allows(reading.value):
            return True
        i += 1
    return False
