"""The days that a node's cell lasts, from the charge of its simulated life, and their range."""

from typing import NamedTuple

from wherry_host.energy import forecast
from wherry_host.energy.profile import profile_of
from wherry_host.year.world.clock import DAY_US


class CellLife(NamedTuple):
    """The days from a new cell until the node stops: usual, fewest and most.

    `empty_days` is the day of the life on which the cell was empty, or None. `low` and `high` are
    the bounds of the charge as shares of the usual one, from the model of `wherry battery`.
    """

    days: float
    fewest_days: float
    most_days: float
    empty_days: float | None
    low: float
    high: float


def cell_life(life, track):
    """Return the CellLife of a Life that has ended, or None for a node on mains."""
    node = life.site.node
    if not node.sleeps:
        return None
    cell, used_mah = node.cell, life.used_mah(life.clock.us)
    lived_days = (life.clock.us - life.site.begin_us) / DAY_US
    empty_days = _empty_days(cell, track)
    left_mah = max(0, cell.left_after_mah(used_mah, lived_days))
    rate_mah = used_mah / lived_days
    # As outcome.fields: the days so far, and the days that are left at this rate.
    days = lived_days + int(left_mah / (rate_mah + cell.lost_mah))
    if empty_days is not None:
        days = empty_days
        rate_mah = max(0, cell.left_mah / days - cell.lost_mah) if days else rate_mah
    low, high = spread(node)
    fewest, most = cell.days(rate_mah * high), cell.days(rate_mah * low)
    return CellLife(days, min(fewest, days), max(most, days), empty_days, low, high)


def spread(node):
    """Return the bounds of a Node's charge per day, as shares of its usual forecast."""
    profile = profile_of(node.board)
    usual_mah = forecast.day_mah(profile, node.work)
    low_mah, high_mah = forecast.range_mah(profile, node.work)
    return low_mah / usual_mah, high_mah / usual_mah


def _empty_days(cell, track):
    """Return the day on which a cell was empty, between two edges in proportion; or None."""
    before_days, before_mah = 0.0, cell.left_mah
    for i, used_mah in enumerate(track.used_mah()):
        days = before_days + track.steps.days(i)
        left_mah = cell.left_after_mah(used_mah, days)
        if left_mah <= 0:
            share = before_mah / (before_mah - left_mah) if before_mah > left_mah else 0
            return before_days + share * (days - before_days)
        before_days, before_mah = days, left_mah
    return None
