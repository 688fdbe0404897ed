"""Power cuts within every write of a full queue's thinning.

Runs on real MicroPython with real littlefs, see power/full.py.
`PYTHONPATH=tests python tests/cuts/test_thinning_cuts.py SEED COUNT` replays a seed.
"""

from support.boards.cut_runs import POWER, SEED, cut_in_two, replay

PROGRAM = POWER / "run_full.py", "16m"
_CASE_COUNT = 750


def cut_power(seed, count):
    """Cut the power in two processes; assert that all cases pass, and return their count."""
    return cut_in_two(*PROGRAM, seed, count)


def test_every_cut_of_a_thinning_counts_each_reading_once():
    assert cut_power(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


if __name__ == "__main__":
    replay(*PROGRAM)
