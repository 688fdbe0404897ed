"""Merge the entries of the models' log that together make one reading.

One measurement of a chip is one entry per channel. Several measurements make one reading if the
driver computes a mean, such as the mean of eight battery samples, or if the configuration requests
a median, a mean or the extremes of several measurements.
"""

from collections import defaultdict

from wherry_host.account.shapes import EXTREMES, said


def merged(typed, truth, board_log, apart_us, stalled_us):
    """Yield an entry for each reading and channel, from a typed configuration and a log of truth.

    Two measurements belong to separate readings if their distance, minus the time that
    `stalled_us(begin_us, end_us)` returns, exceeds `apart_us`. An entry that lacks measurements
    has `is_short`.
    """
    several = {each["driver"]: each["several"] for each in typed["sensor"] if "several" in each}

    def is_other_run(before, entry):
        return board_log.run_of(before["time_us"]) != board_log.run_of(entry["time_us"])

    def is_other_burst(before, entry):
        return is_other_run(before, entry) or before.get("series") != entry.get("series")

    def is_other_sample(before, entry):
        span_us = before["time_us"], entry["time_us"]
        passed_us = span_us[1] - span_us[0] - stalled_us(*span_us)
        return is_other_run(before, entry) or passed_us > apart_us

    bursts = _groups(truth, lambda device: said(device, "BURST_COUNT", 1), is_other_burst, _burst)
    counts = {device: count for device, (count, *_) in several.items()}

    def reading(group, count):
        _, is_mean, has_extremes, _ = several[group[0]["device"]]
        return _reading(group, count, is_mean, has_extremes)

    return _groups(bursts, lambda device: counts.get(device, 1), is_other_sample, reading)


def _groups(entries, size_of, is_apart, entries_of):
    """Yield the entries of the log, with the entries of a channel that make one reading merged.

    `size_of(device)` is the number of entries of a reading. If `is_apart(before, entry)` is true,
    the two entries belong to separate readings. `entries_of(group, size)` yields the entries that
    replace a group.
    """
    groups = defaultdict(list)
    for entry in entries:
        size = size_of(entry["device"])
        if size == 1:
            yield entry
            continue
        group = groups[entry["device"], entry["channel"]]
        if group and (len(group) == size or is_apart(group[-1], entry)):
            yield from entries_of(group, size)
            group.clear()
        group.append(entry)
    for (device, _), group in groups.items():
        yield from entries_of(group, size_of(device))


def _burst(group, size):
    """Yield a burst as one entry: its middle time, and its mean without the outer quarters.

    If measurements are missing, the driver made no reading, because the power was cut or the node
    only watches its battery.
    """
    if len(group) < size:
        return
    values = sorted(entry["value"] for entry in group)
    cut = len(values) // 4
    values = values[cut : len(values) - cut]
    middle = group[len(group) // 2]
    yield {**middle, "value": sum(values) / len(values)}


def _reading(group, count, is_mean, has_extremes):
    """Yield the measurements of a reading as one entry, or only the last one if some are missing.

    The smallest and the largest measurement are separate channels.
    """
    entry = group[0]
    if len(group) < count:
        group = group[-1:]
        entry = {**group[0], "is_short": True}
    values = sorted(each["value"] for each in group)
    middle = sum(values) / len(values) if is_mean else values[len(values) // 2]
    yield {**entry, "value": middle}
    for suffix, end in zip(EXTREMES, (values[0], values[-1]), strict=True) if has_extremes else ():
        yield {**entry, "channel": entry["channel"] + suffix, "value": end}
