"""Power cuts within every program and erase of random lives lose no data that is safe.

Runs on real MicroPython with real littlefs (run.py). tests/soak.py has other seeds.
"""

from support.boards.cut_runs import SEED, cut, cut_rings


def test_cuts_of_a_life_lose_nothing_safe():
    assert cut("power", SEED, 2_000) >= 4_000


def test_cuts_of_a_ring_lose_nothing_safe():
    assert cut_rings(SEED, 4_000) >= 4_000


def test_cuts_of_a_thinning_count_each_reading_once():
    assert cut("thinning", SEED, 750) >= 1_500


def test_cuts_of_a_resend_lose_nothing_uncounted():
    assert cut("resend", SEED, 2_000) >= 4_000


def test_resets_of_a_copy_to_rtc_memory_keep_the_safe_rows():
    assert cut("rtc", SEED, 1_500) >= 3_000
