"""The battery cost of a node's wakes that only store a row, and its behaviour on flat cells.

The node has a BME280, the battery's voltage and two ADC pins. A virtual board counts the modules
and the flash reads from reset to sleep, as in the part `chip`. The instructions are counted on
MicroPython with this node's loader and slot, without littlefs.
"""

import json
import tempfile
from pathlib import Path
from statistics import median

from wherry.rows.frame import RICE, ROWS
from wherry_host.compile import row_wake
from wherry_host.places import LIB
from wherry_host.virtual.devices.bme280 import Model
from wherry_host.virtual.surroundings import Surroundings

from bench import day, discharges, energy
from bench.chip_boards import FULL, QUICK, Boards, make_rig
from bench.chip_wakes import code_rows
from bench.instructions import collected, require_valgrind
from bench.rows import row

_SENSORS = [
    {"driver": "bme280"}, {"driver": "battery"},
    *({"driver": "analog", "pin": pin, "prefix": f"soil{pin}_"} for pin in (32, 33)),
]  # fmt: skip
_DEVICES = [
    {"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34},
    *({"kind": "analog", "pin": pin} for pin in (32, 33)),
]  # fmt: skip
_SCRIPT = "bench/device/wake_cpu.py"
_CHIP = Path("tests/support/chip").resolve()
_COUNTS, _QUICK_COUNTS = (2, 12), (1, 2)
# This is near the chip's heap with 64-bit objects, and has room for the node after a row wake;
# collections take longer in a larger heap.
_HEAP_SIZE = "160k"
_DISCHARGES, _QUICK_DISCHARGES = 200, 6
SEED = 20261126
_WEEK_MS = 7 * 24 * 3_600_000
# The registers of a BME280 (docs/sensors.md) while a measurement of all three quantities is begun.
_MEASURE = bytes((0xF2, 1, 0xF4, 0x25))


def measure(quick):
    """Return {key: row} for the bench's table."""
    require_valgrind()
    counts = QUICK if quick else FULL
    repeats = _QUICK_COUNTS if quick else _COUNTS
    count = _QUICK_DISCHARGES if quick else _DISCHARGES
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name:
        folder = Path(name)
        with make_rig("stage", _SENSORS, _DEVICES, empty_mv=3400) as rig:
            stage_wakes = _wakes(rig, folder / "stage", counts)
            stage = _instructions(rig, folder / "stage_slot", repeats)
        with make_rig("row", _SENSORS, _DEVICES, empty_mv=3400) as rig:
            row_wakes = _wakes(rig, folder / "row", counts)
            in_flash = _instructions(rig, folder / "row_slot", repeats)
            whole = _instructions(rig, folder / "whole_slot", repeats, by_pin=True)
    print(
        f"power: instructions of a wake: {stage:,} for a row in RTC memory, {in_flash:,} for one "
        f"in the row file, {whole:,} with the whole node"
    )
    return {
        **_wake_rows("stage", stage_wakes, (12, 8), (14 << 10, 9 << 10), (800, 500)),
        **_wake_rows("row", row_wakes),
        "wake_cpu_ratio": row(stage / whole, "", 0.5, 0.33, digits=2),
        "wake_row_cpu_ratio": row(in_flash / whole, "", digits=2),
        **energy.figures(),
        "outage_mah": row(day.outage_mah(quick), "mAh", 1.5, digits=2),
        "handshakes_per_upload": row(day.handshakes_per_upload(quick), "", 1, digits=2),
        "discharge_failures": row(discharges.failures(SEED, count), "", 0),
    }


def _wake_rows(durability, wakes, modules=(), size=(), reads=()):
    """Return the rows for a durability's wakes, with their bounds and goals if they have any."""
    key = f"wake_{durability}"
    whole_reads = median(wake.whole_reads for wake in wakes)
    return {**code_rows(key, wakes, modules, size), f"{key}_reads": row(whole_reads, "", *reads)}


def _wakes(rig, folder, counts):
    """Return wakes of the rig's node, most of which only store a row."""
    folder.mkdir()
    boards = Boards(rig, folder, counts, _DEVICES)
    boards.update()
    return boards.wakes("empty", counts.wakes)


def _instructions(rig, folder, repeats, by_pin=False):
    """Return the instructions of a wake of the rig's node; with `by_pin`, the whole node runs."""
    typed = rig.config.typed
    plan = rig.plan()
    folder.mkdir()
    (folder / "a.app").write_bytes(plan.slot())
    (folder / "slot").write_text("a.app")
    (folder / "main.py").write_bytes(plan.loader)
    facts = row_wake.facts(typed, plan.settings["board"])
    kind = RICE if typed["node"]["durability"] == "stage" else ROWS
    setup = {
        "lib": str(LIB.parent.resolve()),
        "state": {"boot": 1, "schema": facts["schema"], "send_due": _WEEK_MS},
        "form": [facts["count"], kind, facts["own_count"]],
        "registers": list(_registers(folder)), "by_pin": by_pin,
    }  # fmt: skip
    few, many = (
        collected([_SCRIPT, folder, str(count), _CHIP], _HEAP_SIZE, json.dumps(setup))
        for count in repeats
    )
    return (many - few) // (repeats[1] - repeats[0])


def _registers(folder):
    """Return the registers of a BME280 after a measurement."""
    model = Model(Surroundings(folder, 1, 0))
    model.write(_MEASURE, 10_000)
    model.write(b"\0", 1_000_000)
    return model.read(256, 1_000_000)
