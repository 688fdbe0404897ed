"""A virtual board whose rows wait in RTC memory: crashes lose nothing, cuts leave gaps.

The account of the whole run must balance: every missing row is in a gap that the node has
recorded.
"""

import random

import pytest
from support.boards.spine import Spine
from wherry_host.account.spec import files as spec_files

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
        account = spine.judged()
        content = spine.files("data/gaps")[""]
    counts = account.counts
    print(f"{KILLS} kills, {CUTS} cuts, {counts}, seed {SEED}")
    assert counts.in_gap and counts.delivered
    count, found = spec_files.read_gaps(content)
    # A cut before the first queued row loses the same rows as the next cut.
    assert 0 < count == len(found) <= CUTS
    reported = {point[2] for point in spine.points() if point[0] == "node_gaps"}
    assert max(reported) == count
