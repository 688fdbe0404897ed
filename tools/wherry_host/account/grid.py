"""Readings on a grid: how many of its places are empty, and how many readings are too many."""

# A reading is late by less than a period. Of this many the earliest tells where the grid is.
_NEAR_COUNT = 4
# Of a period: an empty place is sure then. The last reading has none after it that is less late.
_EMPTY_SHARE, _EMPTY_LAST_SHARE = 0.75, 1.25
# From this on a place may be empty already; noise then decides where it becomes sure.
_DOUBTFUL_SHARE = 0.5
# The first reading may have been late, by less than a period, and the last one not.
_LATE_SHARE, _SURPLUS_SHARE = 1, 1.5


def empty_places(times_us, every_us, drift):
    """Yield (before, i, count): the grid has `count` empty places between two of `times_us`.

    These are `times_us[before]` and `times_us[i]`. `every_us` is the grid's period, `times_us` are
    true Unix us, rising. `drift` is the share by which the grid's clock may be
    wrong.
    """
    missing = _missing(times_us, every_us)
    known = min(missing[:_NEAR_COUNT], default=0)
    before = 0
    for i in range(1, len(missing)):
        near = missing[i : i + _NEAR_COUNT]
        step = min(near) - known
        drifted = drift * (times_us[i] - times_us[0]) / every_us
        if step > drifted + (_EMPTY_SHARE if len(near) > 1 else _EMPTY_LAST_SHARE):
            yield before, i, round(step)
            known += round(step)
            before = i
        else:
            known += min(step, 0)
            if step < _DOUBTFUL_SHARE:
                before = i


def surplus(times_us, every_us, drift):
    """Return by how many periods more than one the first reading was late, if there are more
    readings than places otherwise, or 0.
    """
    missing = _missing(times_us, every_us)
    late = -min(missing, default=0) - drift * len(times_us)
    return late - _LATE_SHARE if late > _SURPLUS_SHARE else 0


def _missing(times_us, every_us):
    """Return for each reading how many more periods than readings have passed: the empty places
    before it, and its lateness.
    """
    return [(time_us - times_us[0]) / every_us - i for i, time_us in enumerate(times_us)]
