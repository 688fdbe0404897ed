"""RTC memory is reset within every copy to it, in random stages, and no row safe there is lost.

Real MicroPython does it, see power_cuts/rtc.py.
`python tests/host/test_rtc_resets.py SEED COUNT` replays a seed.
"""

from pathlib import Path

from cut_runs import cut_in_two, replay, run_dated

PROGRAM = Path(__file__).parent / "power_cuts" / "run_rtc.py"
SEED = 20261120
_CASE_COUNT = 1_500


def run(seed, count, folder):
    """Reset `count` times from a seed on; return (exit code, all that was printed)."""
    return run_dated(PROGRAM, "8m", seed, count, folder)


def reset(seed, count):
    """Reset the stages of two processes; return how often, after asserting that all held."""
    return cut_in_two(run, seed, count)


def test_every_reset_within_a_copy_keeps_what_was_safe():
    assert reset(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


if __name__ == "__main__":
    replay(run)
