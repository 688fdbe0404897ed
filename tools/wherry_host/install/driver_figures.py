"""Measure a third-party driver's costs: bytes in the slot, heap and longest blocking time.

The driver is loaded and read on a virtual board, with each I2C device model in turn, by the same
firmware as on a node.
"""

import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wherry_host.adapter.drivers import third_party
from wherry_host.compile.compiled import compiled_as_is
from wherry_host.places import LIB, firmware_sources
from wherry_host.systems import NEEDS_LINUX, is_linux
from wherry_host.virtual import devices
from wherry_host.virtual.board import VirtualBoard, VirtualBoardError
from wherry_host.virtual.image import Image

# Objects are smaller on the 32-bit chip than on the 64-bit virtual board; docs/bench.md has the
# ratio.
_HEAP_PERCENT = 69
_TIMEOUT_S = 20
_SDA_FIRST, _SDA_COUNT = 10, 30
# The prefix of the program's lines.
_MARK = "figures "
_LIB_FILES = (
    *("__init__.py", "sampling/__init__.py"),
    *("sampling/adapter.py", "sampling/failures.py"),
)
_FIRMWARE_FILES = ("adapted", "board", "battery", "chip")
_PROGRAM = Path(__file__).with_name("driver_program.py")


@dataclass
class Figures:
    """A section's figures in bytes, `heap` as on a chip; `block_ms` is None without an answer."""

    size: int
    heap: int | None = None
    block_ms: int | None = None
    model: str | None = None

    def __str__(self):
        parts = [f"{self.size:,} bytes in the slot" if self.size else "part of the image"]
        if self.heap is not None:
            parts.append(f"about {self.heap:,} bytes of heap")
        if self.block_ms is None:
            parts.append("no device model answers it, so its calls are not timed")
        else:
            parts.append(f"blocks for {self.block_ms} ms at most (device model {self.model})")
        return ", ".join(parts)


def lines(config):
    """Yield a line for each third-party driver of a HostConfig."""
    for number, section in third_party(config.typed):
        files = compiled_as_is(config.drivers[number])
        figures = measured(section, files) if is_linux() else _size_only(files)
        yield f"sensor {number} ({section['driver'].rpartition(':')[2]}): {figures}"


def _size_only(files):
    size = sum(map(len, files.values()))
    return f"{size:,} bytes in the slot; heap and time are not measured: {NEEDS_LINUX}"


def measured(section, files):
    """Return the Figures of a typed section whose driver has these files, {path: .mpy}."""
    found = Figures(sum(map(len, files.values())))
    models = _models(section)
    with tempfile.TemporaryDirectory(prefix="wherry-driver-") as name:
        board = VirtualBoard(
            Path(name),
            flash_size=512 << 10,
            wdt=False,
            boot_ms=0,
            devices=[{"kind": kind, "wires": wires} for kind, wires in models],
        )
        given = {"section": section, "models": models}
        with Image(board.flash) as image:
            for path, content in _contents(files, given):
                image.write(path, content)
        with board:
            _collect(board, found)
    return found


def _contents(files, given):
    yield from ((f"app/{path}", content) for path, content in files.items())
    yield from ((f"app/wherry/{name}", (LIB / name).read_text("utf-8")) for name in _LIB_FILES)
    firmware = firmware_sources()
    yield from ((f"app/{name}.py", firmware[name].read_text("utf-8")) for name in _FIRMWARE_FILES)
    yield "given.json", json.dumps(given)
    yield "main.py", _PROGRAM.read_text("utf-8")


def _models(section):
    """Return [(kind, (SCL, SDA))] of the I2C models to try, the most likely model first."""
    if "bus" not in section:
        return []
    addresses = {kind: devices.address(kind) for kind in devices.kinds()}
    wanted, driver = section.get("address"), section["driver"].lower()
    names = [kind for kind in addresses if addresses[kind] is not None and kind != "host"]
    names.sort(key=lambda kind: (kind not in driver, addresses[kind] != wanted))
    # Each has a different pair of pins.
    return [(kind, (i // _SDA_COUNT, _SDA_FIRST + i % _SDA_COUNT)) for i, kind in enumerate(names)]


def _collect(board, found):
    """Add the figures that the program prints to `found`."""
    # A program that does not end is waiting for an answer that no model sends.
    with suppress(VirtualBoardError):
        board.wait_line(f"^{_MARK}end", _TIMEOUT_S)
    for _, text in board.lines:
        if text.startswith(_MARK + "{"):
            for key, value in json.loads(text.removeprefix(_MARK)).items():
                setattr(found, key, value * _HEAP_PERCENT // 100 if key == "heap" else value)
