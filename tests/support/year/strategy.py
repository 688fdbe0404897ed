"""Hypothesis strategies of the faults of a life: new faults, and a given life made lesser."""

from typing import NamedTuple

from hypothesis import strategies as st
from wherry_host.year.faults.fault import CALM_DAYS, STRENGTH_MAX, Fault, busy_s
from wherry_host.year.faults.kinds import KINDS

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3600, 60
# The tally judges less at the end of a life without calm days.
_LEAST_DAYS = 1 + CALM_DAYS
# Swarm testing: most lives lack most kinds. The mean is about half of the maximum.
_KIND_COUNTS = {"min_size": 1, "max_size": 14}
_COUNT_MAX = 4
# Of that many examples, one changes a value of the given life at random.
_RARITY = 64


class Case(NamedTuple):
    """The days of a life and its sorted Faults."""

    days: int
    faults: tuple[Fault, ...]

    def __str__(self):
        faults = f" --faults '{','.join(map(str, self.faults))}'" if self.faults else ""
        return f"--days {self.days}{faults}"


@st.composite
def cases(draw, days_min, days_max):
    """Draw a Case: its days, then a few kinds, then some faults of each kind."""
    days = draw(st.integers(days_min, days_max))
    at_s, strength = st.integers(0, busy_s(days) - 1), st.integers(0, STRENGTH_MAX)
    kinds = st.lists(st.sampled_from([*KINDS]), unique=True, **_KIND_COUNTS)
    found = []
    for kind in draw(kinds):
        # As in fault.draw, a kind such as `drift` occurs once.
        count_max = _COUNT_MAX if KINDS[kind].a_year else 1
        fault = st.builds(Fault, at_s, st.just(kind), strength, st.just(0))
        found += draw(st.lists(fault, min_size=1, max_size=count_max))
    return Case(days, tuple(sorted(found)))


# A lesser case: the simplest choice comes first, and Hypothesis shrinks towards it. The last one
# leaves the case unchanged, and is likely: a random example differs from the case in few places.


def _usually(values):
    return st.sampled_from([*values, *[values[-1]] * (_RARITY - len(values))])


def _days(case):
    return _usually(range(min(_LEAST_DAYS, case.days), case.days + 1))


def _calm(days, faults):
    """Return a Case without the faults that begin in the calm days, or after the life."""
    return Case(days, tuple(sorted(each for each in faults if each.at_s < busy_s(days))))


@st.composite
def shorter(draw, case):
    """Draw a Case with fewer days."""
    return _calm(draw(_days(case)), case.faults)


@st.composite
def fewer(draw, case, size):
    """Draw a Case without some spans of `size` faults each."""
    begins = range(0, len(case.faults), size)
    spans = [case.faults[i : i + size] for i in begins if draw(_usually((False, True)))]
    return Case(case.days, tuple(fault for span in spans for fault in span))


@st.composite
def simpler(draw, case):
    """Draw a Case with fewer days, and with rounder moments and strengths.

    A fault that moves takes the later ones with it, so their order remains.
    """
    found, before_s, at_s = [], 0, 0
    for fault in case.faults:
        gap_s = fault.at_s - before_s
        at_s += draw(_usually(_rounder(gap_s, (_DAY_S, _HOUR_S, _MINUTE_S))))
        before_s = fault.at_s
        strength = draw(_usually(_rounder(fault.strength, (50, 10))))
        found.append(fault._replace(at_s=at_s, strength=strength))
    return _calm(draw(_days(case)), found)


def _rounder(number, steps):
    """Return 0, and a number rounded down to multiples of each step; the last is the number."""
    return [*dict.fromkeys([0, *(number // step * step for step in steps), number])]
