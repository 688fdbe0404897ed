"""The flash cost of a wake and of a deployment on the chip.

A real read takes about 75 us plus 0.1 us per byte. The virtual board counts the reads and bytes of
a wake from the reset to the durable row. bench/device/chip_wakes.py runs the month of wakes that
fills the queue, which would take too long on real boards. docs/bench.md describes how the two are
combined.
"""

import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from wherry_host.install import deploy

from bench.chip_boards import FULL, QUICK, Boards, make_rig
from bench.chip_deploys import deploy_rows
from bench.chip_wakes import code_rows, flash_ms, middle, steps_of
from bench.rows import row

_UPLOAD_EVERY = "20 s"
# The fill levels at which real wakes show the cost besides mount and queue.
_LEVELS = ("empty", "half", "full")
_row = partial(row, digits=2)


def measure(quick):
    """Return {key: row} for the bench's table."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name, make_rig() as rig:
        bench = Boards(rig, Path(name), QUICK if quick else FULL)
        bench.update()
        found = bench.month()
        rows = _wake_rows(bench, found) | _upload_rows(bench)
        rows |= deploy_rows(bench)
    rows["queue_size_kb"] = row(found["size_max"] / 1024, "KB", 1152, 1382, better="higher")
    return rows


def _wake_rows(bench, found):
    real = {level: bench.wakes(level, bench.counts.wakes) for level in (*_LEVELS, "drained")}
    real["worst"] = bench.wakes("worst", max(1, bench.counts.worst_frames * found["rows"]))
    wakes = _whole_wakes(found, real)
    durations = sorted((flash_ms(reads, size), weight) for reads, size, weight, _ in wakes)
    reads = sorted((reads, weight) for reads, _, weight, _ in wakes)
    moves = [flash_ms(reads, size) for reads, size, _, moved in wakes if moved]
    rest = [(wake.reads, wake.read_size) for level in real.values() for wake in level]
    worst_ms = max(durations[-1][0], *(flash_ms(*each) for each in rest))
    print(f"chip: {len(wakes)} wakes, {found['rows']} rows a frame, {found['used']:.0%} full")
    return {
        "wake_flash_ms": _row(_weighted_median(durations), "ms", 160, 90),
        "wake_flash_ms_move": _row(median(moves), "ms"),
        "wake_flash_ms_worst": _row(worst_ms, "ms", 350, 200),
        "wake_reads": _row(_weighted_median(reads), "", None, 1000),
        "wake_reads_worst": _row(max(reads[-1][0], *(each[0] for each in rest)), "", None, 2000),
        **code_rows("wake", _plain(real["full"]), (30, 20), (32 << 10, 20 << 10)),
        **_step_rows("wake", _plain(real["full"])),
        **code_rows("wake_move", _moving(real["full"])),
        **_step_rows("wake_move", _moving(real["full"])),
    }


def _whole_wakes(found, real):
    """Return (reads, bytes, weight, moved) for each complete wake of the month.

    Each frame has one wake that moves it, which chip_wakes.py counts without the rest of the node,
    and `rows` - 1 wakes that only add to the row file. These cost the same for each frame at a
    level.
    """
    plain = {level: _median(map(_cost, _plain(real[level]))) for level in _LEVELS}
    rests = {level: _rest(found, level, real[level]) for level in _LEVELS}
    wakes = []
    for _, frame, reads, size in found["moves"]:
        level = min(_LEVELS, key=lambda level: abs(found["marks"][level] - frame))
        more_reads, more_size = rests[level]
        wakes.append((reads + more_reads, size + more_size, 1, True))
        wakes.append((*plain[level], found["rows"] - 1, False))
    return wakes


def _rest(found, level, real):
    """Return (reads, bytes) of a real wake that moves a frame, except those of mount and queue."""
    mark = found["marks"][level]
    near = [
        (reads, size)
        for kind, frame, reads, size in found["moves"]
        if kind == "filling" and abs(frame - mark) <= 20
    ]
    moving = _median(map(_cost, _moving(real)))
    return tuple(all_of_it - own for all_of_it, own in zip(moving, _median(near), strict=True))


def _cost(wake):
    return wake.reads, wake.read_size


def _median(pairs):
    """Return the medians of the first and of the second members."""
    return tuple(round(median(each)) for each in zip(*pairs, strict=True))


def _plain(wakes):
    """Return the wakes that only add to the row file, or all wakes if there are none."""
    return [wake for wake in wakes if not wake.has_node] or wakes


def _moving(wakes):
    """Return the wakes in which the node moves rows into a segment, or all wakes without any.

    An erase is not a sign of such a wake, because littlefs also compacts the row file's folder
    occasionally.
    """
    return [wake for wake in wakes if wake.has_node] or wakes


def _weighted_median(pairs):
    """Return the median of sorted (value, weight)."""
    half = sum(weight for _, weight in pairs) / 2
    for value, weight in pairs:
        half -= weight
        if half <= 0:
            return value
    raise ValueError("wakes are missing")


def _step_rows(key, wakes):
    rows = {}
    for step, (reads, size) in steps_of(middle(wakes)).items():
        rows[f"{key}_reads_{step}"] = _row(reads, "")
        rows[f"{key}_read_bytes_{step}"] = _row(size, "B")
    return rows


def _upload_rows(bench):
    # An upload takes some seconds of true time, and each wake must sleep again.
    plan = bench.plan("uploads", sample_every=_UPLOAD_EVERY, send_every=_UPLOAD_EVERY)
    deploy.to_image(plan, bench.image("drained"))
    wakes = bench.wakes("drained", bench.counts.uploads, online=True)
    durations = [flash_ms(wake.whole_reads, wake.whole_size) for wake in wakes]
    return {
        "wake_flash_ms_upload": _row(median(durations), "ms", 300, 180),
        "wake_reads_upload": _row(median(wake.whole_reads for wake in wakes), ""),
    }
