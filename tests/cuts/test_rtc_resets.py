"""Resets within every copy to RTC memory, in random stages, lose no row that is safe there.

Runs on real MicroPython, see power/rtc.py.
`PYTHONPATH=tests python tests/cuts/test_rtc_resets.py SEED COUNT` replays a seed.
"""

from support.boards.cut_runs import POWER, SEED, cut_in_two, replay

PROGRAM = POWER / "run_rtc.py", "8m"
_CASE_COUNT = 1_500


def reset(seed, count):
    """Reset stages in two processes; assert that all cases pass, and return their count."""
    return cut_in_two(*PROGRAM, seed, count)


def test_every_reset_within_a_copy_keeps_the_safe_rows():
    assert reset(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


if __name__ == "__main__":
    replay(*PROGRAM)
