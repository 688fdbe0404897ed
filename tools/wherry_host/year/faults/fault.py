"""A fault of a simulated life: its moment, its kind and its strength, as text, and drawn."""

import re
from random import Random
from typing import NamedTuple

from wherry_host.errors import ToolError
from wherry_host.year.faults.kinds import KINDS

_DAY_S, _YEAR_DAYS = 86_400, 365
STRENGTH_MAX = 100
_FORM = re.compile(r"(\w+)(?:/([1-9]))?@(\d{1,9})=(\d{1,3})", re.ASCII)
CALM_DAYS = 2
# Swarm testing: most lives lack most kinds.
_SHARE = 0.2


class Fault(NamedTuple):
    """`at_s` counts from the start of the life, `strength` from 0 to STRENGTH_MAX.

    A fault of the servers strikes that of one `uplink`, counted from 1, or all of them (0).
    """

    at_s: int
    kind: str
    strength: int
    uplink: int = 0

    def __str__(self):
        place = f"/{self.uplink}" if self.uplink else ""
        return f"{self.kind}{place}@{self.at_s}={self.strength}"


def read(text, seed, days, uplink_count=1):
    """Return the Faults of `--faults`.

    The text is "all", names of kinds, or faults as KIND@SECOND=STRENGTH or, for the servers of
    one uplink, KIND/UPLINK@SECOND=STRENGTH, separated by commas. Kinds are drawn from a seed.
    Raises ToolError for any other text, for a fault after the life, and for an uplink that the
    node does not have.
    """
    if text == "all":
        return draw(seed, days, uplink_count)
    words = [word.strip() for word in text.split(",")]
    if set(words) <= set(KINDS):
        chance = Random(f"faults {seed}")
        return _of_kinds(words, chance, seed, days, uplink_count)
    faults = sorted(map(_read, words))
    if faults[-1].at_s >= days * _DAY_S:
        raise ToolError(f"--faults: {faults[-1]}: the life has only {days * _DAY_S} seconds")
    for each in faults:
        if each.uplink > uplink_count:
            raise ToolError(
                f"--faults: {each}: the node has {uplink_count} uplink{'s' * (uplink_count > 1)}"
            )
    return faults


def _read(word):
    found = _FORM.fullmatch(word)
    kind = re.split("[/@]", word)[0]
    if kind not in KINDS:
        raise ToolError(f"--faults: {kind}: not one of all, {', '.join(KINDS)}")
    if not found or int(found[4]) > STRENGTH_MAX:
        form = "KIND/UPLINK@SECOND=STRENGTH" if "/" in word else "KIND@SECOND=STRENGTH"
        raise ToolError(f"--faults: {word}: write {form}, with a strength to 100")
    if found[2] and not KINDS[kind].has_servers:
        raise ToolError(
            f"--faults: {word}: {kind} is not a fault of one uplink; leave /{found[2]} out"
        )
    return Fault(int(found[3]), kind, int(found[4]), int(found[2] or 0))


def draw(seed, days, uplink_count=1):
    """Return the Faults of a life of some days; each kind is in one life of five.

    The last two days of a longer life are without new faults, so that the end can be judged. If
    the node has several uplinks, a fault of the servers is that of one of them, or of all.
    """
    chance = Random(f"faults {seed}")
    drawn = [kind for kind, made in KINDS.items() if made.a_year is not None]
    kinds = [kind for kind in drawn if chance.random() < _SHARE]
    return _of_kinds(kinds, chance, seed, days, uplink_count)


def _of_kinds(kinds, chance, seed, days, uplink_count):
    """Draw faults of some kinds, those of the servers each at one uplink or at all of them."""
    faults = [fault for kind in kinds for fault in _drawn(chance, kind, days)]
    if uplink_count > 1:
        # The times and strengths of a seed do not depend on the number of uplinks.
        aims = Random(f"uplinks {seed}")
        faults = [
            each._replace(uplink=aims.randint(0, uplink_count))
            if KINDS[each.kind].has_servers
            else each
            for each in faults
        ]
    return sorted(faults)


def busy_s(days):
    """Return the seconds of a life in which faults begin; in the rest, the end can be judged."""
    return round(max(days - CALM_DAYS, days / 2) * _DAY_S)


def _drawn(chance, kind, days):
    a_year = KINDS[kind].a_year or 0
    count = 1 + int(chance.expovariate(1) * a_year * days / _YEAR_DAYS)
    end_s = busy_s(days)
    return [
        Fault(chance.randrange(end_s), kind, chance.randint(0, STRENGTH_MAX)) for _ in range(count)
    ]
