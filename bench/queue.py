"""The cost of readings in flash for our way and other ways, on MicroPython and littlefs.

The scripts in bench/device run on the desktop build over a counting flash in RAM. CPU cost is in
instructions, counted by valgrind, which are equal for equal work even on a busy computer.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from wherry_host.compile.compiled import compiled
from wherry_host.compile.shorten import keywords
from wherry_host.compile.syntax import parsed

from bench import queue_plot
from bench.instructions import collected, require_valgrind
from bench.rows import row

_row = partial(row, digits=3)
_LIB = "lib"
_DEVICE = Path("bench/device")
_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
_PLOT = Path("docs/queue.svg")
_QUICK_PLOT = Path("build/queue_quick.svg")
# The divisor of the scripts' counts in the quick form.
_QUICK_DIVISOR = 16
# No figure depends on the size of the heap, but a large heap avoids a MemoryError.
_HEAP_SIZE, _BATCH_HEAP_SIZE = "64m", "4m"
# The numbers of repeats between which instructions are counted, so that the start's cost cancels
# out. The quick form includes the start's cost and does each work once.
_REPEATS = (2, 10)
_QUICK_REPEATS = (0, 1)
_READING_COUNT = 200
_AT_ONCE = 2

# The title of each way, and the script's name for it.
OTHERS = (
    ("dicts + json.dumps a row", "dicts"),
    ("Enviro: a file a row", "enviro"),
    ("JSON lines", "lines"),
    ("struct, flushed", "flush"),
    ("struct, appended", "struct"),
    ("msgpack, appended", "msgpack"),
)


def measure(quick):
    """Return {key: row} for the bench's table; raises MissingError if a program is missing."""
    require_valgrind()
    divisor = str(_QUICK_DIVISOR if quick else 1)
    counts = {name: _run("flash_counts.py", name, divisor) for name in _FLASH_COUNTS}
    ring = {name: _run("ring_counts.py", name, divisor) for name in _RING_COUNTS}
    others = [(title, _run("others.py", way, divisor)) for title, way in OTHERS]
    ways = [*_ours(counts), ("wherry, ring", _in_ring(ring["durable_rows"])), *others]
    _show(ways)
    queue_plot.write(_QUICK_PLOT if quick else _PLOT, ways)
    print(f"queue: {json.dumps(counts, sort_keys=True)}")
    rows = _flash_rows(counts) | _wake_rows(divisor) | _estimate_rows(divisor) | _ring_rows(ring)
    return rows | _heap_rows() | _cpu_rows(_QUICK_REPEATS if quick else _REPEATS)


_FLASH_COUNTS = (
    "frames", "durable_rows", "staged_rows", "fresh_mount", "days_offline", "staged", "stage_mode",
)  # fmt: skip
_RING_COUNTS = ("durable_rows", "recovery", "sleeps")
# 2 MB minus 200 KB of other files.
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


def _wake_rows(divisor):
    """Return the flash reads of wakes, with the mount of the loader and of a stock board."""
    found = {}
    for suffix, size in (("", "256"), ("_stock", "32")):
        wakes = _run("wake_counts.py", size, divisor)
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


def _estimate_rows(divisor):
    """Return the flash reads of a start that estimates boots behind a full queue."""
    found = {}
    for suffix, size in (("", "256"), ("_stock", "32")):
        counts = _run("estimate_counts.py", size, divisor)
        print(f"queue: estimates at a read size of {size}: {json.dumps(counts, sort_keys=True)}")
        found["estimate_reads_full" + suffix] = _row(counts["reads"], "", 6000)
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
    return {
        "batch_heap_100": _row(_batch_heap("stream", 100), "B", 3072, 2560),
        "batch_heap_1000": _row(_batch_heap("stream", 1000), "B", 3072, 2560),
        "batch_heap_dicts_1000": _row(_batch_heap("dicts", 1000), "B"),
    }


def _batch_heap(way, count):
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        return _run("batch_heap.py", folder, way, str(count), heap_size=_BATCH_HEAP_SIZE)


def _cpu_rows(repeats):
    ways = ["dicts", "whole", *(way for _, way, *_ in _CPU)]
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as lib:
        _compile_lib(Path(lib))
        # Two runs at a time give the same counts, because these are instructions, not times.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            counts = list(pool.map(partial(_instructions, lib, repeats), ways))
    one = dict(zip(ways, counts, strict=True))
    print(f"queue: instructions a reading: {json.dumps(one)}")
    return {key: _row(one[way] / one["whole"], "", *bounds) for key, way, *bounds in _CPU}


# The figure, the script's name for the work, the bound and the goal.
_CPU = (
    ("encode_cpu_varint_vs_json", "encode_varint", 0.10, None),
    ("encode_cpu_rice_vs_json", "encode_rice", 0.25, None),
    ("decode_cpu_rice_vs_json", "decode_rice", None, None),
    ("batch_cpu_vs_json", "batch_varint", 0.6, 0.5),
    ("batch_cpu_rice_vs_json", "batch_rice", None, 0.6),
    ("batch_cpu_gzip_vs_json", "packed_varint", None, None),
)


def _instructions(lib, repeats, way):
    """Return the number of instructions per reading."""
    few, many = repeats
    more = _collected(lib, way, many) - (_collected(lib, way, few) if few else 0)
    return round(more / ((many - few) * _READING_COUNT))


def _collected(lib, way, repeats):
    """Return the number of instructions of a run of cpu.py in one way."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        return collected([str(_DEVICE / "cpu.py"), lib, way, str(repeats), folder], "16m")


def _compile_lib(folder):
    """Write lib/ into a folder as a deployment compiles it; a part is loaded only for a batch.

    Public names stay, so that the script finds them.
    """
    paths = list(Path(_LIB).rglob("*.py"))
    sources = [*paths, *_DEVICE.glob("*.py")]
    kept = keywords(parsed(path.read_text("utf-8")) for path in sources)
    for path in paths:
        name = path.relative_to(_LIB).with_suffix("")
        target = (folder / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        compiled(kept, {}, str(name), path, target)


def _run(script, *arguments, heap_size=_HEAP_SIZE):
    command = [_MICROPYTHON, "-X", f"heapsize={heap_size}", str(_DEVICE / script), _LIB]
    command += arguments
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
