"""Power cuts within every write of a full queue's thinning.

Runs on real MicroPython with real littlefs, see power/full.py; `python
tests/cuts/test_thinning_cuts.py SEED COUNT` replays a seed.
"""

from pathlib import Path

from support.boards.cut_runs import cut_in_two, replay, run_dated

PROGRAM = Path(__file__).parent / "power" / "run_full.py"
SEED = 20261120
_CASE_COUNT = 750


def run(seed, count, folder):
    """Cut the power `count` times, starting at `seed`; return (exit code, output)."""
    return run_dated(PROGRAM, "16m", seed, count, folder)


def cut_power(seed, count):
    """Cut the power in two processes; assert that all cases pass, and return their count."""
    return cut_in_two(run, seed, count)


def test_every_cut_of_a_thinning_counts_each_reading_once():
    assert cut_power(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


if __name__ == "__main__":
    replay(run)
