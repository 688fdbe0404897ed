"""A queue's data as the judge's decoder reads it, and random rows."""

from wherry.reading import ROW_CHANNELS_MAX, VALUE_MAX
from wherry.rows.frame import MS, UNDATED

NAMES = ("temperature", "humidity", "Bodenfeuchte °", "p", "illuminance_of_the_window", "x" * 100)


def random_channels(choose):
    """Return (name, unit, decimals) of channels, and the count of the node's own at the end."""
    names = choose.sample(NAMES, choose.randint(1, len(NAMES)))
    if choose.random() < 0.1:
        names += [f"c{i}" for i in range(64 - len(names))]
    own_count = choose.choice((0, 1, 16))
    names += [f"node_{i}" for i in range(own_count)]
    units = ("", "°C", "%", "hPa")
    return [(name, choose.choice(units), choose.randint(0, 6)) for name in names], own_count


def random_mask(choose, channel_count, own_count):
    """Return the channels of one schema, as many as a row has room for."""
    begin, end = 0, channel_count - own_count
    if own_count and choose.random() < 0.1:
        begin, end = end, channel_count
    if end - begin > ROW_CHANNELS_MAX:
        begin = choose.randint(begin, end - ROW_CHANNELS_MAX)
        end = begin + ROW_CHANNELS_MAX
    every = (1 << end - begin) - 1
    return (choose.randint(1, every) if choose.random() < 0.2 else every) << begin


def random_row(choose, channels, own_count, ms, s, last):
    """Return the arguments of an append: values near the last ones, rarely arbitrary ones."""
    mask = random_mask(choose, len(channels), own_count)
    spread = choose.choice((1, 1, 5, 300, VALUE_MAX))
    values = []
    for index in range(len(channels)):
        if mask >> index & 1:
            value = last.get(index, 0) + choose.randint(-spread, spread)
            values.append(max(-VALUE_MAX, min(VALUE_MAX, value)))
            last[index] = values[-1]
    undated = choose.random() < 0.1
    flags = (MS if ms or undated else 0) | (UNDATED if undated else 0)
    boot = choose.randint(1, 1 << 20) if undated else 0
    return flags, boot, s, choose.randint(0, 999) if flags & MS else 0, mask, values


def decoded(number, flags, boot, s, ms, mask, values):
    """Return a row in the decoder's form."""
    indexes = [index for index in range(mask.bit_length()) if mask >> index & 1]
    boot, ms = boot if flags & UNDATED else None, ms if flags & MS else None
    return number, boot, s, ms, dict(zip(indexes, values, strict=True))
