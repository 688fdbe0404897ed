"""A virtual board whose rows wait in RTC memory: crashes cost nothing, cuts leave gaps.

The account of the whole run must balance: what is nowhere lies in a gap that the node has noted.
"""

import random

import pytest
from spine import Spine
from wherry.stage import gaps

SEED = 20261120
SCALE = 20
CHANGES = {
    "node": {
        "sample_every": "1 s",
        "send_every": "8 s",
        "durability": "stage",
        "stage_age_max": "20 s",
    },
    "sensor": [{"driver": "bme280"}],
}
KILLS, CUTS = 5, 3
# A row goes to flash with the first one behind it that is due when the oldest is 20 s old.
WAIT_S = 20 + 2


def might_wait(spine):
    """Return how many samples a cut could find in RTC memory alone."""
    cuts_us = [each["time_us"] for each in spine.board.events if each["event"] == "cut"][:CUTS]
    spans = []
    for cut_us in cuts_us:
        begin_us = cut_us - WAIT_S * 1e6
        spans.append((begin_us - spine.stalls.within(begin_us, cut_us), cut_us))
    times_us = [sample["time_us"] for sample in spine.board.truth]
    return sum(any(begin <= each <= end for begin, end in spans) for each in times_us)


@pytest.mark.parametrize("board_name", ["virtual", "virtual_ring"])
def test_kills_lose_nothing_and_cuts_leave_gaps(tmp_path, board_name):
    chance = random.Random(SEED)
    strikes = ["kill"] * KILLS + ["cut"] * CUTS
    chance.shuffle(strikes)
    board = {"devices": [{"kind": "bme280", "address": 0x76}], "seed": SEED}
    with Spine(tmp_path, SCALE, CHANGES, board=board, board_name=board_name) as spine:
        spine.start()
        for kind in strikes:
            since = spine.mark()
            spine.wait("row ", since=since)
            spine.clock.sleep(6 * chance.random())
            getattr(spine.board, kind)()
            if kind == "cut":
                spine.board.power_on()
        spine.wait("row ", since=spine.mark())
        spine.drained()
        account = spine.account(SCALE)
        content = spine.files("data/gaps")[""]
    assert account.problems == []
    counts = account.counts
    print(f"{KILLS} kills, {CUTS} cuts, {counts}, {might_wait(spine)} might wait, seed {SEED}")
    assert 0 < counts.in_gap <= might_wait(spine) and counts.delivered
    (tmp_path / "gaps").write_bytes(content)
    count, found = gaps.read(str(tmp_path))
    # A cut before anything was queued takes what the one behind it takes.
    assert 0 < count == len(found) <= CUTS
    told = {point[2] for point in spine.points() if point[0] == "node_gaps"}
    assert max(told) == count
