"""How long a cell lasts, from its capacity, its self-discharge and the cadence at each voltage."""

from dataclasses import dataclass
from itertools import pairwise

from wherry.power.cadence import level_at

_MONTH_DAYS = 30
# The share of a new, warm cell's capacity that is available on average.
_USABLE = 0.85
_SELF_DISCHARGE_A_MONTH = 0.015
_DAYS_MAX = 3650
# A 3.3 V chip works down to 3.0 V; 100 mV are a margin for the converter's error and the cell's
# resistance.
_BELOW_DROPOUT_MV = 200
# (share of the charge left, mV at rest) of a lithium-ion cell with nickel, such as a 3,000 mAh
# 18650; other chemistries have their usual levels.
_CURVES = {
    "li-ion": (
        (1, 4180), (0.9, 4060), (0.8, 3970), (0.7, 3880), (0.6, 3790), (0.5, 3700), (0.4, 3620),
        (0.3, 3550), (0.2, 3440), (0.1, 3300), (0, 3000),
    ),
    "lifepo4": ((1, 3420), (0.9, 3330), (0.5, 3290), (0.2, 3230), (0.1, 3180), (0, 2800)),
    "2xAA": ((1, 3150), (0.8, 2850), (0.5, 2600), (0.2, 2350), (0, 1900)),
    "3xAA": ((1, 4720), (0.8, 4270), (0.5, 3900), (0.2, 3520), (0, 2850)),
}  # fmt: skip


def stop_mv(board):
    """Return the cell's voltage in mV without load at which the board stops, 0 if unknown.

    `board` is from boards.load().
    """
    return board["dropout_mv"] - _BELOW_DROPOUT_MV if "dropout_mv" in board else 0


def full_cell_mv(chemistry):
    """Return the voltage in mV at rest of a full cell."""
    return _CURVES[chemistry][0][1]


@dataclass(frozen=True)
class Cell:
    """`capacity_mah` is the maker's figure; the node stops at `end_mv` without load (0: never)."""

    capacity_mah: float
    chemistry: str = "li-ion"
    end_mv: int = 0

    @property
    def whole_mah(self):
        """The average usable charge, over cells, ages and temperatures."""
        return _USABLE * self.capacity_mah

    @property
    def end_share(self):
        """The share of the charge left in the cell when the node stops."""
        steps = 1000
        return next(
            (i / steps for i in range(steps) if self.voltage_mv(i / steps) >= self.end_mv), 1.0
        )

    @property
    def left_mah(self):
        """The charge that a new cell supplies until the node stops."""
        return self.whole_mah * (1 - self.end_share)

    @property
    def lost_mah(self):
        """The self-discharge in a day."""
        return _SELF_DISCHARGE_A_MONTH * self.capacity_mah / _MONTH_DAYS

    def share_after(self, used_mah, days):
        """Return the share of the charge that is left of a new cell, with its self-discharge."""
        return 1 - (used_mah + self.lost_mah * days) / self.whole_mah

    def left_after_mah(self, used_mah, days):
        """Return the charge that the cell supplies until the node stops; negative after that."""
        return self.left_mah - used_mah - self.lost_mah * days

    def days(self, mah):
        """Return the number of days that the cell lasts if a day uses `mah`."""
        return self.left_mah / (mah + self.lost_mah)

    def voltage_mv(self, share):
        """Return the voltage at rest at a share of the charge."""
        curve = _CURVES[self.chemistry]
        for (above, above_mv), (below, below_mv) in pairwise(curve):
            if share >= below:
                return below_mv + (above_mv - below_mv) * (share - below) / (above - below)
        return curve[-1][1]

    def life(self, levels, level_mah, days_max=_DAYS_MAX):
        """Yield (share left, index of the level) for each day until the node stops.

        `levels` are as in power/cadence.py, [] for a single level; `level_mah[i]` is the charge of
        a day at level i.
        """
        left_mah, level, end_mah = self.whole_mah, 0, self.whole_mah * self.end_share
        for _ in range(days_max):
            if left_mah <= end_mah:
                return
            share = left_mah / self.whole_mah
            level = level_at(levels, level, round(self.voltage_mv(share))) if levels else 0
            yield share, level
            left_mah -= level_mah[level] + self.lost_mah
