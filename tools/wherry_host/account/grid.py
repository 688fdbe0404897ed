"""Find the empty places of a grid of readings, and the readings in excess of its places."""

# A reading is late by less than a period; the least late of this many readings shows the grid.
_NEAR_COUNT = 4
# A place is certainly empty from this share of a period on. The last reading lacks a later one to
# compare with.
_EMPTY_SHARE, _EMPTY_LAST_SHARE = 0.75, 1.25
# From this share on, a place may be empty; noise then decides where this becomes certain.
_DOUBTFUL_SHARE = 0.5
# The first reading may have been late, by less than a period, and the last reading on time.
_LATE_SHARE, _SURPLUS_SHARE = 1, 1.5


def empty_places(times_us, every_us, drift):
    """Yield (before, i, count): the grid has `count` empty places between two readings.

    The readings are at `times_us[before]` and `times_us[i]`. `times_us` are sorted, in true Unix
    us. `every_us` is the period of the grid, `drift` is the largest relative error of its clock.
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
    """Return by how many periods above one the first reading was late, or 0.

    The first reading was late if there would otherwise be more readings than places.
    """
    missing = _missing(times_us, every_us)
    late = -min(missing, default=0) - drift * len(times_us)
    return late - _LATE_SHARE if late > _SURPLUS_SHARE else 0


def _missing(times_us, every_us):
    """Return, for each reading, the empty places before it plus its lateness in periods."""
    return [(time_us - times_us[0]) / every_us - i for i, time_us in enumerate(times_us)]
