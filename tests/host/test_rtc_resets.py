"""RTC memory is reset within every copy to it, in random stages, and no row safe there is lost.

Real MicroPython does it, see power_cuts/rtc.py; here it is run, and run on copies of lib/ with a
fault, each of which it must find. `python tests/host/test_rtc_resets.py SEED COUNT` replays a
seed.
"""

from pathlib import Path

import pytest
from cut_runs import ROOT, cut_in_two, expect_found, faulty, replay, run_dated, side_by_side

PROGRAM = Path(__file__).parent / "power_cuts" / "run_rtc.py"
SEED = 20261120
_CASE_COUNT = 1_500

# Faults of ours: file below lib/wherry, what stands there, what stands there instead.
MUTANTS = {
    "frames are not checked": (
        "rows/frame.py", "if buffer[crc_at + i] != crc & 255:", "if False:",
    ),
    "a state is not checked": (
        "stage/recovery.py",
        'struct.unpack("<I", copy[size:])[0] != crc32(copy[:size])',
        "False",
    ),
    "the state is saved over the newer copy": (
        "stage/stage.py", "self.sequence & 1 else 0", "False else 0",
    ),
    "drained rows come back": ("stage/rows.py", "    stage.count = 0\n", "    pass\n"),
    "drained rows are told in one record only": (
        "stage/rows.py", "    note(stage)\n    note(stage)\n", "    note(stage)\n",
    ),
    "the record is believed without its CRC": (
        "stage/recovery.py",
        'if struct.unpack("<I", slot[size:])[0] == crc32(slot[:size]):',
        "if True:",
    ),
    "there is only one record": (
        "stage/record.py", "stage.record_sequence & 1 else", "False else",
    ),
    "filler bits are not masked": ("stage/recovery.py", "if bits & 7:", "if False:"),
    "the open frame is not checked": (
        "stage/recovery.py", "return frame_size(frame, 0, end + 4)", "return 1",
    ),
}  # fmt: skip


def run(seed, count, folder, lib=ROOT / "lib"):
    """Reset `count` times from a seed on; return (exit code, all that was printed)."""
    return run_dated(PROGRAM, "8m", lib, seed, count, folder)


def reset(seed, count):
    """Reset the stages of two processes; return how often, after asserting that all held."""
    return cut_in_two(run, seed, count)


def test_every_reset_within_a_copy_keeps_what_was_safe():
    assert reset(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


def _run_fault(folder, mutant):
    return run(SEED, _CASE_COUNT, folder, faulty(mutant, folder))


runs = side_by_side(MUTANTS, _run_fault)


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_of_ours_is_found(runs, fault):
    expect_found(*runs[fault].result())


if __name__ == "__main__":
    replay(run)
