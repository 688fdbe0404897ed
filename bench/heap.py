"""The heap that the firmware needs for a turn with an upload, above a bare boot of the shims.

The smallest `-X heapsize` that works is found by scanning upward in steps of 1 KB; because of
fragmentation a size can fail above one that works, so the smallest size counts from which
`CLEAR_STEPS` sizes in a row work. A size works if the board delivers twice, and fails if it runs
out of memory before; that it does neither in time tells nothing of the heap and is an error.
"""

import shutil
import tempfile
from pathlib import Path

from wherry_host import config_file, deploy
from wherry_host.clock import VirtualClock
from wherry_host.server.service import Service
from wherry_host.virtual.board import VirtualBoard

from bench.rows import row

CLEAR_STEPS = 12
_KB = 1024
_SCALE = 4
_TURN_S = 30
_PROMPT_S = 5
# Where the scans begin: well below any size that has ever worked.
_BARE_START_KB = 32
FIRMWARE_START_KB = 56
_CONFIG = """
[node]
name = "bench"
sample_every = "1 s"
send_every = "3 s"
[[wifi]]
ssid = "harbor-wifi"
password = "correct horse"
{uplink}
[[sensor]]
driver = "bme280"
[[sensor]]
driver = "battery"
"""
_HARBOR = """
[[uplink]]
kind = "harbor"
endpoint = "{endpoint}"
api_key = "{api_key}"
"""
_HERE = """
[[uplink]]
kind = "here"
endpoint = "{url}"
device_id = "{device_id}"
device_secret = "{device_secret}"
"""
# More than Harbor takes, by far.
_HERE_START_KB = 96
_DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]


def bare_kb(folder, start_kb=_BARE_START_KB):
    """Return the KB in which a blank board reaches its prompt."""

    def works(kb):
        with VirtualBoard(folder / f"bare{kb}", heap_size=kb * _KB) as board:
            board.wait_line("MicroPython|MemoryError|FATAL", _PROMPT_S)
            return not _out_of_memory(board)

    return scan(start_kb, works)


def turn_kb(folder, start_kb, kind="harbor"):
    """Return the KB in which a node boots, joins, syncs and delivers twice over TLS.

    `kind` is the dialect of its one uplink, "harbor" or "here".
    """
    clock = folder / "clock"
    VirtualClock.create(clock, _SCALE)
    with Service(db=folder / "points.db", clock_file=clock) as service:
        known = service.summary()
        uplink = _HERE.format(**known["here"]) if kind == "here" else _HARBOR.format(**known)
        text = _CONFIG.format(uplink=uplink + f'ca = "{service.ca}"')
        (folder / "node.toml").write_text(text)
        plan = deploy.plan(config_file.load(folder / "node.toml"), "virtual")
        image = folder / "flash.img"
        deploy.to_image(plan, image)
        ports = {53: _port(service.dns), 123: _port(service.sntp)}

        def works(kb):
            board_folder = folder / f"board{kb}"
            board_folder.mkdir()
            shutil.copy(image, board_folder / "flash.img")
            options = {"ports": ports, "heap_size": kb * _KB, "devices": _DEVICES}
            with VirtualBoard(board_folder, clock, **options) as board:
                return _delivers_twice(board)

        return scan(start_kb, works)


def scan(start_kb, works, clear_steps=CLEAR_STEPS):
    """Return the first of so many sizes in a row that work."""
    kb = found = start_kb
    while kb - found < clear_steps:
        if not works(kb):
            found = kb + 1
        kb += 1
    return found


def _port(place):
    return int(place.rpartition(":")[2])


def _delivers_twice(board):
    """Wait for two uploads, False as soon as the memory does not suffice; other ends raise."""
    seen = 0
    for _ in range(2):
        board.wait_line(r"delivered \d+|MemoryError|FATAL", _TURN_S, seen)
        if _out_of_memory(board):
            return False
        seen = len(board.lines)
    return True


def _out_of_memory(board):
    return any("MemoryError" in text or "FATAL" in text for _, text in board.lines)


def measure():
    """Return {key: row} for the bench's table."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name:
        folder = Path(name)
        bare = bare_kb(folder)
        turn = turn_kb(folder, bare + FIRMWARE_START_KB)
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name:
        here = turn_kb(Path(name), bare + _HERE_START_KB, "here")
    print(f"heap: {turn} KB for a node, {here} with HERE, {bare} for a bare boot of the shims")
    return {
        "heap_turn_kb": row(turn - bare, "KB", 84),
        "heap_turn_here_kb": row(here - bare, "KB"),
    }
