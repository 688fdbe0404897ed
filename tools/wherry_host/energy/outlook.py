"""The outlook of a node's battery: its levels and days, and the charge of two other nodes."""

from dataclasses import dataclass

from wherry_host.energy import forecast, peers
from wherry_host.energy.cell import Cell
from wherry_host.energy.profile import Profile
from wherry_host.energy.workload import Workload, workload_of


@dataclass(frozen=True)
class Level:
    """One level of the cadence, or the only level: its mAh per day by cause, and their range."""

    name: str
    work: Workload
    causes_mah: dict
    low_mah: float
    high_mah: float

    @property
    def mah(self):
        """The charge of a day in mAh."""
        return sum(self.causes_mah.values())


@dataclass(frozen=True)
class Outlook:
    """`cadence` has the levels of power/cadence.py, or []; `levels` has one Level for each."""

    profile: Profile
    cell: Cell
    cadence: list
    levels: list

    def life(self, days_max):
        """Return (share of the charge left, index of the level) for each day."""
        return list(self.cell.life(self.cadence, [level.mah for level in self.levels], days_max))

    def days(self):
        """Return (usual, fewest, most) days: all levels at their usual charge, or at a bound."""
        kinds = ("mah", "high_mah", "low_mah")
        found = []
        for kind in kinds:
            charges = [getattr(level, kind) for level in self.levels]
            found.append(len(list(self.cell.life(self.cadence, charges))))
        return tuple(found)

    def peers_mah(self):
        """Return {title: mAh per day} of the other nodes, with as many rows as the first level."""
        work = self.levels[0].work
        return {
            "Harbor's example sketch": peers.sketch_mah(self.profile, work),
            "Enviro's policy": peers.enviro_mah(self.profile, work),
        }

    def dominant(self, count=3):
        """Return [(quantity, low, high)] in mAh per day: the first level's widest ranges."""
        spreads = forecast.spreads_mah(self.profile, self.levels[0].work)
        return [(name, *bounds) for name, bounds in list(spreads.items())[:count]]


def outlook_of(typed, files, profile, cell):
    """Return the Outlook of a checked configuration and the {path: bytes} of its slot."""
    cadence = typed["power"]["cadence"] or []
    named = [(level[4], tuple(level[2:4])) for level in cadence] or [("", None)]
    levels = []
    for name, times in named:
        work = workload_of(typed, files, times)
        bounds = forecast.range_mah(profile, work)
        levels.append(Level(name, work, forecast.causes_mah(profile, work), *bounds))
    return Outlook(profile, cell, cadence, levels)
