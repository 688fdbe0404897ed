"""A fault of a simulated life: its moment, its kind and its strength, as text, and drawn."""

import re
from random import Random
from typing import NamedTuple

from wherry_host.errors import ToolError
from wherry_host.year.faults.kinds import KINDS

_DAY_S, _YEAR_DAYS = 86_400, 365
STRENGTH_MAX = 100
_FORM = re.compile(r"(\w+)@(\d{1,9})=(\d{1,3})")
CALM_DAYS = 2
# Swarm testing: most lives lack most kinds.
_SHARE = 0.2


class Fault(NamedTuple):
    """`at_s` counts from the start of the life, `strength` from 0 to STRENGTH_MAX."""

    at_s: int
    kind: str
    strength: int

    def __str__(self):
        return f"{self.kind}@{self.at_s}={self.strength}"


def read(text, seed, days):
    """Return the Faults of `--faults`.

    The text is "all", names of kinds, or faults as KIND@SECOND=STRENGTH, separated by commas.
    Kinds are drawn from a seed. Raises ToolError for any other text, and for a fault after the
    life.
    """
    if text == "all":
        return draw(seed, days)
    words = [word.strip() for word in text.split(",")]
    if set(words) <= set(KINDS):
        chance = Random(f"faults {seed}")
        return sorted(fault for kind in words for fault in _drawn(chance, kind, days))
    faults = sorted(map(_read, words))
    if faults[-1].at_s >= days * _DAY_S:
        raise ToolError(f"--faults: {faults[-1]}: the life has only {days * _DAY_S} seconds")
    return faults


def _read(word):
    found = _FORM.fullmatch(word)
    kind = word.partition("@")[0]
    if kind not in KINDS:
        raise ToolError(f"--faults: {kind}: not one of all, {', '.join(KINDS)}")
    if not found or int(found[3]) > STRENGTH_MAX:
        raise ToolError(f"--faults: {word}: write KIND@SECOND=STRENGTH, with a strength to 100")
    return Fault(int(found[2]), kind, int(found[3]))


def draw(seed, days):
    """Return the Faults of a life of some days; each kind is in one life of five.

    The last two days of a longer life are without new faults, so that the end can be judged.
    """
    chance = Random(f"faults {seed}")
    kinds = [kind for kind in KINDS if chance.random() < _SHARE]
    return sorted(fault for kind in kinds for fault in _drawn(chance, kind, days))


def busy_s(days):
    """Return the seconds of a life in which faults begin; in the rest, the end can be judged."""
    return round(max(days - CALM_DAYS, days / 2) * _DAY_S)


def _drawn(chance, kind, days):
    count = 1 + int(chance.expovariate(1) * KINDS[kind].a_year * days / _YEAR_DAYS)
    end_s = busy_s(days)
    return [
        Fault(chance.randrange(end_s), kind, chance.randint(0, STRENGTH_MAX)) for _ in range(count)
    ]
