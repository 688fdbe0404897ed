"""What it costs to keep readings in flash, beside what others do, on MicroPython and littlefs.

The scripts in bench/device run on the desktop build over a flash in RAM that counts. CPU is told
in instructions, counted by valgrind: the same for the same work, whatever else the computer does.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache, partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from wherry_host.compile.compiled import compiled
from wherry_host.compile.shorten import keywords

from bench import queue_plot
from bench.rows import row

_row = partial(row, digits=3)
_LIB = "lib"
_DEVICE = Path("bench/device")
_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
_PLOT = Path("docs/queue.svg")
# Repeats between which instructions are counted: what a start costs drops out.
_REPEATS = (2, 10)
_READING_COUNT = 200

# What each way is called, and the script's name for it.
OTHERS = (
    ("dicts + json.dumps a row", "dicts"),
    ("Enviro: a file a row", "enviro"),
    ("JSON lines", "lines"),
    ("struct, flushed", "flush"),
    ("struct, appended", "struct"),
    ("msgpack, appended", "msgpack"),
)


def measure():
    """Return {key: row} for the bench's table; FileNotFoundError names a program that lacks."""
    if not shutil.which("valgrind"):
        raise FileNotFoundError("valgrind, which counts instructions: apt-get install valgrind")
    counts = {name: _flash_counts(name) for name in _FLASH_COUNTS}
    ring = {name: _run("ring_counts.py", _LIB, name) for name in _RING_COUNTS}
    others = [(title, _run("others.py", _LIB, way)) for title, way in OTHERS]
    ours = [*_ours(counts), ("wherry, ring", _in_ring(ring["durable_rows"]))]
    _show(ours + others)
    queue_plot.write(_PLOT, ours + others)
    print(f"queue: {json.dumps(counts, sort_keys=True)}")
    return _flash_rows(counts) | _wake_rows() | _ring_rows(ring) | _heap_rows() | _cpu_rows()


_FLASH_COUNTS = (
    "frames", "durable_rows", "staged_rows", "fresh_mount", "days_offline", "staged", "stage_mode",
)  # fmt: skip
_RING_COUNTS = ("durable_rows", "recovery", "sleeps")
# What 200 KB of other files leave of 2 MB.
_RING_SIZE = (2048 - 200) << 10
_READINGS_A_DAY = 5 * 1440


def _ours(counts):
    found = []
    for name, coding in (("varint", "varint"), ("Rice", "rice")):
        costs = {
            "bytes": counts["durable_rows"][f"bytes_{coding}"],
            "erases": counts["durable_rows"][f"erases_{coding}"],
            "days": counts["days_offline"][coding],
        }
        staged = {key: counts["stage_mode"][f"{key}_{coding}"] for key in costs}
        found += [(f"wherry, {name}", costs), (f"wherry, stage, {name}", staged)]
    return found


def _in_ring(durable):
    days = _RING_SIZE / durable["bytes"] / _READINGS_A_DAY
    return {"bytes": durable["bytes"], "erases": durable["erases"], "days": days}


def _show(ways):
    title = "five readings a minute; every row durable, but in the stage"
    table = Table("way", "B/reading", "erases/1,000", "days offline", title=title)
    for title, costs in ways:
        table.add_row(
            title, f"{costs['bytes']:.2f}", f"{costs['erases']:.1f}", f"{costs['days']:.1f}"
        )
    Console().print(table)


def _flash_rows(counts):
    frames, durable, staged = (counts[name] for name in _FLASH_COUNTS[:3])
    mount, days = counts["fresh_mount"], counts["days_offline"]
    return {
        "flash_bytes_per_reading_varint16": _row(frames["env5_varint"], "B", 1.30),
        "flash_bytes_per_reading_rice64": _row(frames["env5_rice"], "B", 0.80, 0.75),
        "flash_bytes_per_reading_queue_varint": _row(durable["bytes_varint"], "B"),
        "flash_bytes_per_reading_queue_rice": _row(durable["bytes_rice"], "B"),
        "erases_per_1000_files_row": _row(durable["erases_varint"], "", 19, 10),
        "erases_per_1000_files_row_rice": _row(durable["erases_rice"], "", 19, 10),
        "erases_per_1000_files16": _row(staged["erases_16"], "", 13.5),
        "erases_per_1000_files64": _row(staged["erases_64"], "", 4),
        "row_programs": _row(mount["hinted_row_programs"], "", 4),
        "recovery_reads_files_1mb": _row(mount["recovery_reads"], "", 1800),
        "recovery_writes_files_1mb": _row(mount["recovery_writes"], "", 0),
        "days_offline_2mb": _row(days["varint"], "d", 160, 270, "higher"),
        "days_offline_2mb_rice": _row(days["rice"], "d", 160, 270, "higher"),
        "days_offline_2mb_stage_rice": _row(
            counts["stage_mode"]["days_rice"], "d", None, 270, "higher"
        ),
        "erases_per_1000_stage_rice": _row(counts["stage_mode"]["erases_rice"], ""),
        "rtc_rows": _row(counts["staged"]["rows_rice"], "", 200, 350, "higher"),
        "rtc_rows_varint": _row(counts["staged"]["rows_varint"], "", 200, 350, "higher"),
    }


def _wake_rows():
    """Return the flash reads of wakes, mounted as the loader does it and as a stock board does."""
    found = {}
    for suffix, size in (("", "256"), ("_stock", "32")):
        wakes = _run("wake_counts.py", _LIB, size)
        print(f"queue: wakes at a read size of {size}: {json.dumps(wakes, sort_keys=True)}")
        rows = [wakes[name] for name in ("filling", "begins", "thinned_rows")]
        for key, value in (
            ("wake_queue_reads", wakes["filling"]["reads"][0]),
            ("wake_queue_reads_worst", max(each["reads"][2] for each in rows)),
            ("wake_queue_reads_upload", wakes["uploading"]["reads"][0]),
            ("wake_queue_reads_upload_worst", wakes["uploading"]["reads"][2]),
            ("wake_queue_reads_thinning", wakes["thinning"]["reads"][0]),
        ):
            found[key + suffix] = _row(value, "")
    return found


def _ring_rows(counts):
    durable, recovery, sleeps = (counts[name] for name in _RING_COUNTS)
    return {
        "flash_bytes_per_reading_ring": _row(durable["bytes"], "B"),
        "erases_per_1000_ring": _row(durable["erases"], "", 0.6, 0.586),
        "recovery_reads_ring_1mb": _row(recovery["reads"], "", 15),
        "recovery_writes_ring_1mb": _row(recovery["writes"], "", 0),
        "row_reads_ring": _row(sleeps["reads"], "", 0),
        "row_programs_ring": _row(sleeps["programs"], "", 1),
    }


def _heap_rows():
    found = {}
    for count in (100, 1000):
        for way, key in (("stream", "batch_heap"), ("dicts", "batch_heap_dicts")):
            with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
                size = _run("batch_heap.py", _LIB, folder, way, str(count))
            found[f"{key}_{count}"] = _row(size, "B", *((3072, 2560) if way == "stream" else ()))
    return found


def _cpu_rows():
    ways = ["dicts", "whole", *(way for _, way, *_ in _CPU)]
    one = {way: _instructions(way) for way in ways}
    print(f"queue: instructions a reading: {json.dumps(one)}")
    return {key: _row(one[way] / one["whole"], "", *bounds) for key, way, *bounds in _CPU}


# Figure, the script's name for the work, what it must not exceed, and what it is to come to.
_CPU = (
    ("encode_cpu_varint_vs_json", "encode_varint", 0.10, None),
    ("encode_cpu_rice_vs_json", "encode_rice", 0.25, None),
    ("decode_cpu_varint_vs_json", "decode_varint", None, None),
    ("decode_cpu_rice_vs_json", "decode_rice", None, None),
    ("batch_cpu_vs_json", "batch_varint", 0.6, 0.5),
    ("batch_cpu_rice_vs_json", "batch_rice", None, 0.6),
)


def _instructions(way):
    """Return the instructions a reading takes."""
    return round((_collected(way, _REPEATS[1]) - _collected(way, _REPEATS[0])) / _readings())


def _readings():
    return (_REPEATS[1] - _REPEATS[0]) * _READING_COUNT


def _collected(way, repeats):
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        command += [_MICROPYTHON, "-X", "heapsize=16m", str(_DEVICE / "cpu.py")]
        command += [_compiled_lib().name, way]
        done = subprocess.run(
            [*command, str(repeats), folder], check=True, capture_output=True, text=True
        )
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


@cache
def _compiled_lib():
    """Return a folder with lib/ as it is deployed: some of it is loaded for a batch only.

    But public names stay as they are, for the script to find them.
    """
    folder = tempfile.TemporaryDirectory(prefix="wherry-bench-")
    paths = list(Path(_LIB).rglob("*.py"))
    kept = keywords(path.read_text("utf-8") for path in [*paths, *_DEVICE.glob("*.py")])
    for path in paths:
        name = path.relative_to(_LIB).with_suffix("")
        target = (folder.name / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        compiled(kept, {}, str(name), path, target)
    return folder


def _flash_counts(name):
    return _run("flash_counts.py", _LIB, name)


def _run(script, *arguments):
    command = [_MICROPYTHON, "-X", "heapsize=64m", str(_DEVICE / script), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
