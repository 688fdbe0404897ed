"""Long walks over a queue take time, in which the watchdog is to be fed and samples are due.

Tens of thousands of rows wait when the power fails twice in one outage. The start after that looks
for the boots that never learned the time.
"""

from itertools import pairwise

from support.year.lives import Talking, lived, node_of
from support.year.long_queue import fill
from support.year.sources import changed
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally
from wherry_host.year.vm.machine import Machine
from wherry_host.year.world.clock import DAY_US

ROW_COUNT = 90_000
PERIOD_S = 10
# The outage begins before the first start and ends during the third one.
FAULTS = fault.read("access_point@0=50,power_cut@1800=20,power_cut@3600=20", 0, 1)
# Just after the first upload; and later, after three resets.
END_S, LATER_S = 4_260, 4_800
RESET = "the watchdog reset the chip"
READER = "wherry.queue.reader"
# As before: a target ahead of the mark is walked to, without a pause.
WALKS = (
    (READER, "row <= max(self.rows.row + 1, mark_row + _NEAR_ROWS)", "row"),
    (READER, "rows.row & 31 < rows.row_step and self.queue.idle", "False"),
)


def mains_node(folder):
    often = {"name": "life", "sample_every": f"{PERIOD_S} s", "send_every": "10 min"}
    return node_of(folder, node=often, power={"source": "mains"})


def prepare(life):
    fill(life, ROW_COUNT)


def life_of(node, machine=None, end_s=END_S):
    days = end_s * 1_000_000 / DAY_US
    return lived(node, days, 1, Talking, prepare, FAULTS, machine)


def longest_gap_s(life):
    """Return the longest time between two samples while the power is on."""
    (times,) = {tuple(us for us, _ in each) for each in life.site.witness.samples.values()}
    cuts_us = [loss.at_us for loss in life.power.losses]
    gaps_us = [
        after_us - us
        for us, after_us in pairwise(times)
        if not any(us < cut_us < after_us for cut_us in cuts_us)
    ]
    return max(gaps_us) / 1_000_000


def test_a_start_behind_a_long_queue_samples_and_its_first_upload_delivers(tmp_path):
    node = mains_node(tmp_path)
    lives = [life_of(node, machine) for machine in (None, Machine)]
    for life in lives:
        estimated = [i for i, line in enumerate(life.lines) if ": no time, " in line]
        assert len(estimated) == 2
        later = [line for line in life.lines[estimated[-1] :] if " harbor: " in line]
        assert " harbor: delivered " in later[0]
        assert life.errors == [] and life.wake_count == 3
        assert longest_gap_s(life) <= 2 * PERIOD_S
    assert lives[0].lines == lives[1].lines


def test_the_same_start_that_walks_to_a_row_is_reset_by_the_watchdog(tmp_path):
    walking = changed(mains_node(tmp_path), WALKS, tmp_path, "a walk")
    life = life_of(walking, end_s=LATER_S)
    assert len(life.errors) > 2 and {text for _, text in life.errors} == {RESET}
    # The boots are not estimated, and nothing is delivered.
    assert not [line for line in life.lines if "delivered" in line or ": no time" in line]
    assert any(RESET in problem for problem in tally(life).problems)
