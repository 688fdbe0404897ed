"""The forecast for the node in docs/bench.md, "Power": its charge and other nodes' charge.

The board has a sleep current of 20 µA including its sensors, and a 3,000 mAh cell; it samples six
channels every 10 min.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from wherry_host.config import boards, config_file
from wherry_host.config.toml_text import toml_text
from wherry_host.energy import forecast, peers
from wherry_host.energy.cell import Cell
from wherry_host.energy.profile import profile_of
from wherry_host.energy.workload import DAY_S, workload_of
from wherry_host.install import deploy

from bench.rows import row

_BOARD = "firebeetle_esp32"
_CELL = Cell(3000)
_HOUR_S = 3600
_SENSORS = [
    {"driver": "bme280"}, {"driver": "battery"},
    *({"driver": "analog", "pin": pin, "prefix": f"soil{pin}_"} for pin in (34, 35)),
]  # fmt: skip
# The share of the charge, and the time between uploads above this share; below all shares, rows
# are only stored.
_ADAPTIVE = ((0.5, _HOUR_S), (0.2, 6 * _HOUR_S), (0.05, DAY_S))


def figures():
    """Return {key: row} for the bench's table."""
    profile = profile_of(boards.load(_BOARD))
    works = {hours: _works(hours) for hours in (1, 6)}
    mah = {
        hours: min(forecast.day_mah(profile, work) for work in found)
        for hours, found in works.items()
    }
    sketch, enviro = (each(profile, works[1][0]) for each in (peers.sketch_mah, peers.enviro_mah))
    return {
        "mah_hourly": row(mah[1], "mAh/day", 2.95, 2.45, digits=2),
        "mah_6h": row(mah[6], "mAh/day", 1.65, 1.15, digits=2),
        "ratio_sketch_hourly": _ratio(sketch / mah[1], 6, 7),
        "ratio_sketch_6h": _ratio(sketch / mah[6], 10.5, 15),
        "ratio_enviro_hourly": _ratio(enviro / mah[1], 3.7, 4.5),
        "ratio_enviro_6h": _ratio(enviro / mah[6], 6.6, 9.5),
        "days_adaptive": row(_adaptive_days(profile), "d", 700, 820, "higher"),
    }


def _ratio(value, must, goal):
    return row(value, "", must, goal, "higher", digits=1)


def _works(hours):
    """Return the Workloads with durability "row" and "stage"."""
    found = []
    for durability in ("row", "stage"):
        node = {"sample_every": "10 min", "send_every": f"{hours} h", "durability": durability}
        raw = {
            "node": node, "power": {"source": "battery"}, "sensor": _SENSORS,
            "wifi": [{"ssid": "a", "password": "correct horse"}],
            "uplink": [{"kind": "harbor", "harbor_id": "1", "api_key": "k3y-of-the-bench"}],
        }  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
            path = Path(folder) / "node.toml"
            path.write_text(toml_text(raw))
            loaded = config_file.load(path, board=_BOARD)
        files = deploy.plan(loaded, _BOARD).files
        found.append(workload_of(loaded.typed, files))
    return found


def _adaptive_days(profile):
    """Return the days that a node lasts if it sends less often with less charge."""
    work = _works(1)[1]
    charges = [forecast.day_mah(profile, replace(work, send_s=send_s)) for _, send_s in _ADAPTIVE]
    # At this level the node sends nothing.
    charges.append(forecast.day_mah(profile, replace(work, send_s=1e9, readings=0)))
    levels = [[_CELL.voltage_mv(share)] * 2 for share, _ in _ADAPTIVE]
    rest = ["", "", ""]
    levels = [[*limits, *rest] for limits in (*levels, [0, 0])]
    return len(list(_CELL.life(levels, charges)))
