"""A life that fails, cut down with Hypothesis to the least faults that fail in the same way."""

import re
import time
from contextlib import suppress
from random import Random
from typing import NamedTuple

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from support.year.lives import lived
from support.year.strategy import Case, fewer, shorter, simpler
from wherry_host.year.judge.tally import tally
from wherry_host.year.life import Life
from wherry_host.year.world.clock import WorldError

# A minute, less the life that is lived when the time is over.
_SECONDS = 55
_LIFE_COUNT_MAX = 500
# Random examples are nearly the case that fails, so the first ones fail too.
_EXAMPLE_COUNT_MAX = 20
# Whole spans of faults are left out first, and these are shorter each time.
_SPAN_COUNT = 8
_NUMBER = re.compile(r"\d+(\.\d+)?")
_ERROR = re.compile(r"^(\w+Error): .*", re.DOTALL)


class Least(NamedTuple):
    """The least Case found, its problems that the first Case has too, and the number of lives."""

    case: Case
    problems: list
    life_count: int


def judged(node, seed, case, kind=Life):
    """Return (Life, Tally, problems) of a Case; an exception is the only problem of its life."""
    try:
        life = lived(node, case.days, seed, kind, faults=case.faults)
        found = tally(life)
    except (Exception, WorldError) as error:
        return None, None, [f"{type(error).__name__}: {error}"]
    return life, found, found.problems


def ways(problems):
    """Return the ways in which a life failed: its problems without numbers, types of errors."""
    return {_NUMBER.sub("N", _ERROR.sub(r"\1", each)) for each in problems}


class _Over(BaseException):
    """The end of the time or of the number of lives."""


class _Lives:
    """The lives of a node with one seed. Each Case is lived once, and none after the end."""

    def __init__(self, node, seed, first, end_s, count_max):
        self._node, self._seed = node, seed
        self._end_s, self._count_max = end_s, count_max
        #: The least Case that fails, so far, and {Case: problems}.
        self.least, self.problems = first, {}
        self._live(first)
        self._ways = ways(self.problems[first])

    def _live(self, case):
        self.problems[case] = judged(self._node, self._seed, case)[2]

    def shared(self, case):
        """Return the problems of a Case that was lived, in the ways of the first one."""
        return [each for each in self.problems[case] if ways([each]) <= self._ways]

    def fails(self, case):
        """Return True if a Case fails in a way of the first one; raise _Over at the end."""
        if case not in self.problems:
            if not _is_within(case, self.least):
                return False
            if time.monotonic() >= self._end_s or len(self.problems) >= self._count_max:
                raise _Over
            self._live(case)
            if self.shared(case):
                self.least = case
        return bool(self.shared(case))


def _is_within(case, other):
    """Return True if a Case has a part of the faults of another, or the same but simpler.

    Hypothesis also tries faults that it has left out before, in place of others.
    """
    if case.days > other.days:
        return False
    if set(case.faults) <= set(other.faults):
        return True
    (kinds, *sums), (other_kinds, *other_sums) = map(_size, (case, other))
    return kinds == other_kinds and all(a <= b for a, b in zip(sums, other_sums))


def _size(case):
    moments, kinds, strengths, _ = zip(*case.faults) if case.faults else ((), (), (), ())
    return sorted(kinds), sum(moments), sum(strengths)


def shrink(node, seed, case, seconds=_SECONDS, life_count_max=_LIFE_COUNT_MAX):
    """Return the Least of a Case that fails; after some seconds or lives, the least so far."""
    lives = _Lives(node, seed, case, time.monotonic() + seconds, life_count_max)
    if not lives.problems[case]:
        raise ValueError(f"seed {seed}, {case}: no problem")
    with suppress(_Over):
        _lessen(lives)
    return Least(lives.least, lives.shared(lives.least), len(lives.problems))


def _lessen(lives):
    # A shorter life takes less time, and so do all lives after it.
    _search(shorter(lives.least), lives)
    size = 2 * len(lives.least.faults)
    while size > 1:
        size = max(1, min(size // 2, len(lives.least.faults) // _SPAN_COUNT))
        _search(fewer(lives.least, size), lives)
    _search(simpler(lives.least), lives)


def _search(strategy, lives):
    """Let Hypothesis find the least Case of a strategy that fails."""
    # Without a database, and from one seed, the same case has the same result.
    usual = settings(
        max_examples=_EXAMPLE_COUNT_MAX,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
    )
    with suppress(NoSuchExample):
        find(strategy, lives.fails, settings=usual, random=Random(0))
