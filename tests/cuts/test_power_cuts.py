"""Power cuts within every program and erase of random lives lose no safe data.

Runs on real MicroPython with real littlefs, see power/.
`PYTHONPATH=tests python tests/cuts/test_power_cuts.py SEED COUNT` replays a seed.
"""

from support.boards.cut_runs import POWER, SEED, cut_in_two, replay

PROGRAM = POWER / "run.py", "8m"
_CASE_COUNT = 2_000


def cut_power(seed, count):
    """Cut the power in two processes; assert that all cases pass, and return their count."""
    return cut_in_two(*PROGRAM, seed, count)


def test_every_cut_of_a_write_loses_nothing_safe():
    assert cut_power(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


if __name__ == "__main__":
    replay(*PROGRAM)
