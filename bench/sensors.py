"""The numbers of sensors and boards, and each driver's cost for a node.

Bytes are the size of the .mpy. Heap and times are measured on a virtual board with the driver's
device model. Heap is converted to 32-bit objects. Times are this computer's and include the
device's time.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table
from wherry.config.check import check
from wherry_host.compile.compiled import compiled_as_is
from wherry_host.compile.sizes import compiled_size
from wherry_host.config import boards, drivers
from wherry_host.demo.rig_sensors import Places
from wherry_host.places import LIB, firmware_sources
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

from bench.rows import row

# The driver that reads the computer under a virtual board.
_NO_SENSOR = "host"
_PROGRAM = Path("bench/device/sensor_costs.py")
_FOREIGN = Path("tests/drivers")
_LIB_FOLDERS = "", "sampling", "sensors"
_FIRMWARE_FILES = "board", "battery", "pins", "pulses", "counter", "at_once", "chip"
# Objects have 32 bits on the chip and 64 bits on a virtual board: docs/bench.md.
_HEAP_PERCENT = 69
_TIMEOUT_S = 60
# The longest distance that the sensor measures.
_WORST = {"hcsr04": {"cm": 395, "swing_cm": 0}}
_AT_ONCE = 2
_MAINS = {
    "wifi": [{"ssid": "a"}],
    "uplink": [{"kind": "harbor", "endpoint": "https://localhost/1", "api_key": "k"}],
}


def measure(quick):
    """Return {key: row} for the bench's table."""
    names = [name for name in drivers.names() if name != _NO_SENSOR]
    costs = _costs(names[:2] if quick else names)
    _show(costs)
    packages, agreeing = _foreign(quick)
    real = {boards.load(name)["name"] for name in boards.names() if _is_real(name)}
    return {
        "sensors_count": row(len(names), "", 20, None, "higher"),
        "boards_count": row(len(real), "", 14, None, "higher"),
        "adapter_packages": row(packages, "", 8, None, "higher"),
        "foreign_drivers_agree": row(agreeing, "", 14, None, "higher"),
        "read_ms_max": row(max(each["read_ms"] for each in costs.values()), "ms", 30),
    }


def _is_real(name):
    return not name.startswith("virtual") and "wlog_size" not in boards.load(name)


def _costs(names):
    """Return {driver: {"bytes", "heap", "read_ms"}}."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(names, pool.map(_cost, names), strict=True))


def _cost(name):
    section, model = Places().of(name)
    typed = check(_MAINS | {"sensor": [section]})["sensor"][0]
    size = compiled_size(LIB / "sensors" / f"{name}.py")
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        devices = [model | _WORST.get(name, {})]
        board = VirtualBoard(Path(folder), flash_size=1 << 20, wdt=False, devices=devices)
        given = {"driver": name, "section": typed, "buses": boards.load("virtual")["buses"]}
        with Image(board.flash) as image:
            for path, content in _files(given):
                image.write(path, content)
        with board:
            _, found = board.wait_line(r"^costs (\{.*)", _TIMEOUT_S)
    costs = json.loads(found[1])
    heap_size = costs["heap"] * _HEAP_PERCENT // 100
    return {"bytes": size, "heap": heap_size, "read_ms": costs.get("read_ms", 0)}


def _files(given):
    yield from ((f"app/{path}", content) for path, content in _compiled().items())
    yield "given.json", json.dumps(given)
    yield "main.py", _PROGRAM.read_text("utf-8")


@cache
def _compiled():
    """Return {path: .mpy} of the modules that a built-in driver may import."""
    sources = {
        path.relative_to(LIB.parent).as_posix(): path.read_text("utf-8")
        for folder in _LIB_FOLDERS
        for path in (LIB / folder).glob("*.py")
    }
    firmware = firmware_sources()
    sources |= {f"{name}.py": firmware[name].read_text() for name in _FIRMWARE_FILES}
    return compiled_as_is(sources)


def _foreign(quick):
    """Return (packages that work with the adapter, drivers that agree with ours), as numbers."""
    sys.path[:0] = [str(_FOREIGN), "tests"]
    from agreement import agreeing
    from test_packages import NODES

    packages = {each.name for found in NODES.values() for group in found for each in group}
    return len(packages) if quick or _are_read() else None, len(agreeing())


def _are_read():
    """Return True if nodes can read sensors through the drivers of all packages."""
    tests = _FOREIGN / "test_packages.py"
    return not subprocess.run(
        [sys.executable, "-m", "pytest", "-q", tests], check=False
    ).returncode


def _show(costs):
    table = Table("driver", "bytes of .mpy", "heap, bytes", "longest call, ms")
    for name, each in costs.items():
        table.add_row(name, *(f"{each[key]:,}" for key in ("bytes", "heap", "read_ms")))
    Console().print(table)
