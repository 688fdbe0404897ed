"""The power is cut within every program and erase of random rings, and nothing safe is lost.

Real MicroPython does it, see ring_cuts/; here it is run, and run on copies of lib/ with a fault,
each of which it must find. `python tests/host/test_ring_cuts.py SEED COUNT PAGE_SIZE` replays a
seed.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cut_runs import MICROPYTHON, ROOT, expect_found, faulty, held, side_by_side

PROGRAM = Path(__file__).parent / "ring_cuts" / "run.py"
SEED = 20261120
# A life in which each fault shows soon.
_FAULT_SEED = 20261127
# In two processes, of which each has pages of its own size: smaller ones are sooner full.
PAGE_SIZES = (512, 1024)
_CASE_COUNT = 4_000
_MUTANT_CASE_COUNT = 5_000

# Faults of ours: file below lib/wherry, what stands there, what stands there instead.
MUTANTS = {
    "what a cut has torn looks erased": (
        "ring/recovery.py", "    torn = walker.torn\n", "    torn = 0\n",
    ),
    "frames are not checked": (
        "rows/frame.py", "if buffer[crc_at + i] != crc & 255:", "if False:",
    ),
    "heads are not checked": (
        "ring/pages.py", "crc == crc32(memoryview(buffer)[:20])", "True",
    ),
    "rows are added to what is torn": (
        "ring/recovery.py",
        "    ring.offset = after_torn(end) if torn else end\n"
        "    if torn >= ring.offset:\n        ring.offset = PAGE_SIZE\n",
        "    ring.offset = end\n",
    ),
    "the search takes any page for a newer one": (
        "ring/recovery.py", "if found and found[0] == first[0] + middle - base:", "if found:",
    ),
    "the oldest page's head is not made zero": (
        "ring/room.py", "        ring.device.writeblocks(page, bytes(HEAD_SIZE), 0)\n", "",
    ),
    "ledgers are not carried over": (
        "ring/room.py", "for label, content in ring.ledgers.items():", "for label, content in ():",
    ),
    "a page has a head before its ledgers": (
        "ring/room.py",
        "    offset = HEAD_SIZE\n",
        "    offset = HEAD_SIZE\n"
        "    whole = head(sequence, ring.next_row, ring.readings, ring.schema)\n"
        "    device.writeblocks(page, whole, 0)\n",
    ),
    "rows are given up before they are counted": (
        "ring/room.py",
        "    ring.dropping = True\n",
        "    if ring.device.writeblocks(page, bytes(HEAD_SIZE), 0):\n        return\n"
        "    ring.dropping = True\n",
    ),
    "a page is not erased": ("ring/room.py", "    device.ioctl(6, page)\n", ""),
    "a schema is named before it is kept": ("ring/room.py", "    keep_schema(ring)\n", ""),
    "a wake knows the values of all channels": (
        "ring/place.py", "writer.mask = ring.known = mask", "writer.mask = mask",
    ),
    "a wake takes the stage's time step": (
        "ring/place.py",
        "row, flags, boot, s, ms, _, mask, values = last",
        "row, flags, boot, s, ms, step, mask, values = last",
    ),
    "a start writes": (
        "ring/recovery.py",
        "    ring.ledgers, ring.labels = {}, {}\n",
        "    ring.ledgers, ring.labels = {}, {}\n"
        "    ring.device.writeblocks(ring.page, bytes(1), 0)\n",
    ),
}  # fmt: skip


def run(seed, count, page_size, lib=ROOT / "lib"):
    """Cut the power `count` times from a seed on; return (exit code, all that was printed)."""
    command = [MICROPYTHON, "-X", "heapsize=16m", PROGRAM, lib, str(seed), str(count)]
    done = subprocess.run([*command, str(page_size)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def cut_power(seed, count):
    """Cut the power of two processes' rings; return how often, after asserting that all held."""
    counts = (count * 3 // 5, count * 2 // 5)
    with ThreadPoolExecutor(2) as pool:
        return held(pool.map(run, (seed, seed), counts, PAGE_SIZES))


def test_every_cut_of_a_write_loses_nothing_safe():
    assert cut_power(SEED, _CASE_COUNT) >= _CASE_COUNT


def _run_fault(folder, mutant):
    return run(_FAULT_SEED, _MUTANT_CASE_COUNT, PAGE_SIZES[0], faulty(mutant, folder))


runs = side_by_side(MUTANTS, _run_fault)


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_of_ours_is_found(runs, fault):
    expect_found(*runs[fault].result())


if __name__ == "__main__":
    code, told = run(*map(int, sys.argv[1:4]))
    print(told)
    sys.exit(code)
