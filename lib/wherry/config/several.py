"""Options of a section with several measurements per reading, and the channels they add."""

from wherry.config import messages

SEVERAL = {
    "median": ("choice", None, 3, 5, 7, 9, 11, 13, 15),
    "mean": ("count", None, 2, 50),
    "extremes": ("bool", False),
    "pause": ("duration", None, 1, 60000),
}


def several(place: str, typed: dict, errors: list):
    """Take the options out of a section.

    Return [count, is_mean, has_extremes, pause_ms], or None for one measurement per reading.
    """
    keys = "median", "mean", "extremes", "pause_ms"
    median, mean, has_extremes, pause_ms = [typed.pop(key) for key in keys]
    if median is not None and mean is not None:
        errors.append((place + ": mean", "with median", "keep one of them"))
        return None
    count = median if mean is None else mean
    if count is None:
        for key, value in (("extremes", has_extremes), ("pause", pause_ms)):
            if value not in (None, False, ...):
                remedy = "give mean = 10, or remove it"
                errors.append((place + ": " + key, "without mean or median", remedy))
        return None
    if ... in (count, has_extremes, pause_ms):
        return None
    if "debounce_ms" in typed:
        # The second measurement would find no pulses: the first takes them all.
        key = "median" if mean is None else "mean"
        errors.append((place + ": " + key, "on a counter", "remove it"))
        return None
    return [count, mean is not None, has_extremes, pause_ms or 0]


def complete_pauses(settings: dict, errors: list) -> None:
    """Report pauses that take more than half of the time between two samples."""
    levels = settings["power"]["cadence"] or ()
    periods_ms = [settings["node"]["sample_every_ms"]] + [level[2] for level in levels]
    if ... in periods_ms:
        return
    limit_ms = min(periods_ms) // 2
    for i, section in enumerate(settings["sensor"]):
        count, _, _, pause_ms = (section or {}).get("several", (1, 0, 0, 0))
        if (count - 1) * pause_ms > limit_ms:
            seen = "%s, %d times" % (messages.amount_text(pause_ms), count - 1)
            remedy = "give a shorter one: together they take more than half of sample_every"
            errors.append(("[[sensor]] %d: pause" % (i + 1), seen, remedy))


def with_extremes(shapes: list, steps: list) -> tuple:
    """Return the shapes with two extremes added for each, and the steps with the extremes' steps.

    `shapes` are (name, unit, decimals); `steps` are [[index, factor, ...], ...] for
    sampling/adjusted.py.
    """
    by_index = {step[0]: step[1:] for step in steps}
    found = list(shapes)
    more = []
    for i, (name, unit, decimals) in enumerate(shapes):
        step = by_index.get(i)
        # With a negative scale the least measured value becomes the largest.
        ends = ("_max", "_min") if step and step[0] < 0 else ("_min", "_max")
        for end in ends:
            if step:
                more.append([len(found)] + step)
            found.append((name + end, unit, decimals))
    return found, steps + more


def of_sums(steps: list, channel_count: int, count: int) -> list:
    """Return the steps; those of the first channels then take sums of `count` measurements."""
    by_index = {step[0]: step[1:] for step in steps}
    found = []
    for i in range(channel_count):
        factor, addend, divisor, low, high = by_index.get(i, [1, 0, 1, None, None])
        found.append([i, factor, addend * count, divisor * count, low, high])
    return found + [step for step in steps if step[0] >= channel_count]
