"""Discharged cells in virtual time, with and without the protection: bench/discharges.py."""

import pytest

from bench import discharges

SEED, COUNT = 20261126, 3


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_no_discharge_ends_in_a_reset_loop_a_damaged_queue_or_a_lost_row(durability):
    found = discharges.run(SEED, COUNT, durability)
    assert all(verdict["sent"] for verdict in found)
    assert not [verdict for verdict in found if discharges.is_failure(verdict)], f"seed {SEED}"


def test_without_the_protection_weak_cells_reset_the_node_more_often():
    guarded, plain = (discharges.run(SEED, COUNT, "row", mv) for mv in (3400, 0))
    counts = [sum(each["power_ons"] for each in found) for found in (guarded, plain)]
    assert counts[1] > 2 * counts[0] and counts[1] > COUNT, f"seed {SEED}: {counts}"
