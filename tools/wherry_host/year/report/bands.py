"""The spans of the faults of a life, and of its time without power, by the part that fails."""

from collections import defaultdict
from typing import NamedTuple

# (part, beginnings of the names of its kinds); all other kinds are the servers'.
_PARTS = (
    ("power", ("power_cut", "brown_out", "button")),
    ("network", ("access_point", "channel", "roam", "lease", "internet", "dns_")),
    ("time", ("ntp_", "drift")),
    ("sensors", ("sensor_",)),
    ("flash", ("flash_",)),
    ("configuration", ("deploy",)),
    ("servers", ("",)),
)
PARTS = [part for part, _ in _PARTS]


class Band(NamedTuple):
    """A span (in true us) of a fault of a kind; one without a duration has two equal times."""

    part: str
    kind: str
    begin_us: int
    end_us: int


def bands(life):
    """Return the Bands of a Life that has ended, in order of their begins.

    A fault of the power has the spans of the losses that it led to.
    """
    found = [
        Band(part_of(each.kind), each.kind, each.begin_us, min(each.end_us, life.clock.us))
        for each in life.schedule.spans
        if part_of(each.kind) != "power"
    ]
    found += [Band("power", "without power", *span_us) for span_us in life.power.offs_us()]
    return sorted(found, key=lambda band: (band.begin_us, band.kind))


def part_of(kind):
    """Return the part, one of PARTS, that fails with a kind of fault."""
    return next(part for part, beginnings in _PARTS if kind.startswith(beginnings))


def by_kind(found):
    """Return [(part, kind, number, us with a fault)] of Bands, part by part."""
    kinds, until_us = defaultdict(list), defaultdict(int)
    for part, kind, begin_us, end_us in sorted(found, key=lambda band: band.begin_us):
        begin_us = max(begin_us, until_us[kind])
        kinds[part, kind].append(max(0, end_us - begin_us))
        until_us[kind] = max(until_us[kind], end_us)
    order = sorted(kinds, key=lambda key: (PARTS.index(key[0]), key[1]))
    return [(*key, len(kinds[key]), sum(kinds[key])) for key in order]
