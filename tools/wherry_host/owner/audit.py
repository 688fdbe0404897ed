"""Prove which readings are missing in a server's table, from the node's counters in it.

Once per upload, a node sends a row of health channels, taken before that upload. Its
`node_sampled` counts all readings that the node took before that row, so the table must have as
many points before its stamp. Stamps follow the order of rows except for steps of the clock. So a
point with a late stamp is not missing: if a later row makes a shortage good, nothing was missing.

    proven      every reading up to the newest health row is in the table, or counted as missing
    not proven  readings taken after that row: they are still to be sent, or counted by the next

The table of an uplink that takes only some channels lacks the other channels, but the node counts
them.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite

from wherry_host.owner.audit_rows import left_out, never_made_good

_SAMPLED = "node_sampled"
# Counters restart after 2**30 - 1 (wherry/health.py).
_COUNT_END = 1 << 30
_REFUSED = ("set_aside", "dropped", "thinned", "damaged")
_NAMES = (
    "delivered", "waiting", *_REFUSED, "gaps", "boots", "crashes", "sensor_errors", "row",
)  # fmt: skip


@dataclass
class Health:
    """One health row: its stamp, and its counts of all previous readings.

    `sampled` continues past the counter's end; counters that are not in the table are None.
    `some_channels` is true if the table's uplink does not take all channels.
    """

    time_us: int
    sampled: int
    counters: dict[str, int | None]
    some_channels: bool = False

    @property
    def others(self):
        """The number of readings that are not for the counters' uplink; 0 if unknown."""
        reported = [self.counters[name] for name in ("delivered", "waiting", *_REFUSED)]
        return 0 if None in reported else (self.sampled - sum(reported)) % _COUNT_END

    @property
    def refused(self):
        """The number of readings that are neither delivered nor waiting; None if unknown.

        It includes `others` if the table has only some channels.
        """
        delivered, waiting = self.counters["delivered"], self.counters["waiting"]
        if delivered is None or waiting is None:
            return None
        others = 0 if self.some_channels else self.others
        return (self.sampled - delivered - waiting - others) % _COUNT_END

    @property
    def settled(self):
        """The number of readings that no longer waited; only valid if `refused` is known."""
        return self.sampled - self.counters["waiting"]


@dataclass
class Gap:
    """Readings missing between two stamps; the node itself counts `refused` of them.

    If the node's health rows are numbered, `rows` are the first and the last row of the stretch,
    and `whole_rows` is the number of its rows without any reading.
    """

    after_us: int | None
    before_us: int
    missing: int
    refused: int = 0
    rows: tuple[int, int] | None = None
    whole_rows: int | None = None


@dataclass
class Finding:
    """The result for one node: `proven` readings up to `until_us`, of which `missing` are missing.

    `missing` = `refused`, which the node counts as set aside, dropped or thinned, + `others`, of
    channels that the uplink does not take, + `open`, which only the next health row accounts for,
    + `lost`: acknowledged to the node, and not in the table.
    `surplus`: points that the node never counted. `later`: points after the newest health row.
    `left_out`: stretches without a missing counted reading but with missing row numbers: these
    rows were lost on the node before they were counted, or their numbers were skipped after
    damage. `cut_off`: stretches in which the node reports rows lost with its RTC memory.
    """

    points: int
    again: int
    changed: int
    health: list[Health] = field(default_factory=list)
    proven: int = 0
    missing: int = 0
    refused: int = 0
    others: int = 0
    open: int = 0
    lost: int = 0
    surplus: int = 0
    later: int = 0
    restarted_us: list[int] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    left_out: list[Gap] = field(default_factory=list)
    cut_off: list[Gap] = field(default_factory=list)

    @property
    def until_us(self):
        """The stamp of the newest health row, or None."""
        return self.health[-1].time_us if self.health else None

    @property
    def complete(self):
        """True if the node accounts for every missing reading."""
        if not self.health:
            return False
        # If the uplink does not take all channels, the newest of the others are not yet counted.
        is_open = self.open and not self.health[-1].some_channels
        return not (self.lost or is_open or self.changed or self.surplus)


def audit(points, some_channels=False):
    """Return the Finding for a node's Points; `some_channels`: its uplink does not take all."""
    times = sorted(time for channel in points.times.values() for time in channel)
    finding = Finding(len(times), points.again, points.changed)
    for life in _lives(points, some_channels):
        if finding.health:
            finding.restarted_us.append(life[0].time_us)
        begin = bisect_right(times, finding.until_us) if finding.health else 0
        short = _audit_life(finding, life, times, begin)
        for before, health, numbers, count in left_out(life, short, points, times):
            finding.left_out.append(Gap(before.time_us, health.time_us, 0, 0, numbers, count))
        for before, health in pairwise(life):
            if (health.counters["gaps"] or 0) > (before.counters["gaps"] or 0):
                finding.cut_off.append(Gap(before.time_us, health.time_us, 0))
        finding.health += life
    if finding.health:
        finding.later = len(times) - bisect_left(times, finding.until_us)
    return finding


def _lives(points, some_channels):
    """Return the health rows in order of time, split where the counters restarted."""
    lives = []
    turns = 0
    for i, time_us in enumerate(points.times.get(_SAMPLED, ())):
        if not isfinite(points.values[_SAMPLED][i]):
            continue  # This is not a node's point: a node sends only whole numbers.
        counters = {name: _counter(points, "node_" + name, time_us) for name in _NAMES}
        health = Health(
            time_us, int(points.values[_SAMPLED][i]) + turns * _COUNT_END, counters, some_channels
        )
        before = lives[-1][-1].sampled if lives else 0
        if lives and health.sampled < before:
            if before - health.sampled > _COUNT_END // 2:
                turns += 1
                health.sampled += _COUNT_END
            else:
                turns = 0
                health.sampled %= _COUNT_END
                lives.append([])
        if not lives:
            lives.append([])
        lives[-1].append(health)
    return lives


def _counter(points, channel, time_us):
    """Return a channel's value at a stamp, or None if the table has no such point."""
    times = points.times.get(channel, ())
    i = bisect_left(times, time_us)
    if i == len(times) or times[i] != time_us or not isfinite(points.values[channel][i]):
        return None
    return int(points.values[channel][i])


def _audit_life(finding, life, times, begin):
    """Add the proof for the health rows between two restarts of the counters, from `begin` on.

    Return the number of missing readings at each health row.
    """
    short = [health.sampled - (bisect_left(times, health.time_us) - begin) for health in life]
    finding.surplus += max(0, -short[-1])
    short = never_made_good(short)
    for i, count in enumerate(short):
        missing = count - (short[i - 1] if i else 0)
        if missing:
            after_us = life[i - 1].time_us if i else None
            refused = min(missing, _refused_between(life, i))
            gap = Gap(after_us, life[i].time_us, missing, refused)
            _count_rows(gap, life, i, times)
            finding.gaps.append(gap)
    finding.proven += life[-1].sampled
    finding.missing += short[-1]
    _explain(finding, life, short)
    return short


def _count_rows(gap, life, i, times):
    """Set the rows that a gap lies between, if both ends are numbered."""
    first, end = life[i - 1].counters["row"] if i else None, life[i].counters["row"]
    if first is None or end is None:
        return
    inside = times[bisect_left(times, gap.after_us) : bisect_left(times, gap.before_us)]
    gap.rows = first, end - 1
    gap.whole_rows = min(max(0, end - first - len(set(inside))), gap.missing)


def _refused_between(life, i):
    """Return how many readings between row i and the previous row the node counts as refused.

    The oldest readings are sent first, so these are settled once a later row's counters reach past
    row i.
    """
    base = (life[i - 1].refused or 0) if i else 0
    reported = [health for health in life[i:] if health.refused is not None]
    if not reported:
        return 0
    settled = (health for health in reported if health.settled >= life[i].sampled)
    return max(0, next(settled, reported[-1]).refused - base)


def _explain(finding, life, short):
    """Divide the missing readings into refused (as the node counts them), open and lost."""
    reported = [health for health in life if health.refused is not None]
    newest = reported[-1] if reported else None
    refused, settled = (newest.refused, newest.settled) if newest else (0, 0)
    # Readings missing below `settled` had already been refused or acknowledged.
    low = max((count for count, row in zip(short, life, strict=True) if row.sampled <= settled),
              default=0)  # fmt: skip
    lost = max(0, low - refused)
    explained = min(refused, short[-1] - lost)
    others = min(newest.others, explained) if newest and newest.some_channels else 0
    finding.lost += lost
    finding.others += others
    finding.refused += explained - others
    finding.open += short[-1] - lost - explained
