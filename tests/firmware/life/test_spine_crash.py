"""Crashes, power cuts and deep sleeps at random moments of a node's life, under a random network.

The battery's model falls so fast that its voltage identifies the time of its reading: the same
measurement under two stamps, or a stamp on the wrong row, is detected. The seed chooses the ends
and the network; the instruction at which an end occurs is random. tests/soak.py runs
`live_through` with other seeds.
"""

import json
import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor

import pytest
from support.boards.life import live_through
from support.boards.spine import Spine
from support.owner.queue_command import dumped, wherry
from wherry_host.account.spec import files as spec_files
from wherry_host.owner.data_copy import copied
from wherry_host.owner.view import OwnerView

SEED = 20261120
LIVES = {
    "sleeps": {"kills": 50, "cuts": 50, "sleeps": 100},
    "mains": {"kills": 50, "cuts": 50},
    "writes": {"writes": 50},
}


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """Run all lives in parallel: a node waits for most of its life.

    Each runs in its own process, because threads of one process would wait for each other.
    """
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        folders = {name: tmp_path_factory.mktemp(name) for name in LIVES}
        yield {
            name: pool.submit(live_through, folders[name], SEED, **ends)
            for name, ends in LIVES.items()
        }


@pytest.mark.parametrize("name", LIVES)
def test_no_row_is_lost_or_stored_twice(lives, name):
    counts = lives[name].result()
    print(counts)
    assert counts.items() >= LIVES[name].items()


# A board with a ring

ENDS = {"kills": 5, "cuts": 5, "writes": 8}
BOARD = "virtual_ring"


def test_a_life_in_a_ring_loses_and_duplicates_no_row(tmp_path):
    seed = random.randrange(1 << 20)
    print("seed", seed)
    counts = live_through(tmp_path, seed, **ENDS, board_name=BOARD)
    assert counts["delivered"] > 2 * counts["waiting"]
    with copied(str(tmp_path / "board" / "flash.img")) as copy:
        assert copy.ring and not (copy.folder / "segments").exists()
        view = OwnerView(copy)
        assert len({reading.row for reading in view.readings()}) == counts["rows"]
        assert view.faults == []


def test_an_outage_is_kept_in_the_ring_and_its_owner_sees_it_through_the_port(tmp_path):
    with Spine(tmp_path, 10, board_name=BOARD) as spine:
        spine.start().drained()
        spine.board.wifi(up=False)
        spine.wait("Wi-Fi: .*network not found")
        since = spine.mark()
        code, text, reported = wherry("stats", spine.board.port, "--json")
        assert (code, reported) == (0, ""), reported
        found = json.loads(text)
        assert found["uplinks"]["harbor"]["waiting"] > 0 and found["filesystem_size"] == 1 << 20
        spine.wait("row ", since=since)
        spine.board.wifi(up=True)
        spine.drained()
        counts = spine.settled()
        stats = json.loads(wherry("stats", spine.board.flash, "--json")[1])
        assert stats["readings"] == counts["delivered"] + counts["waiting"]
        assert stats["uplinks"]["harbor"]["waiting"] == counts["waiting"]
        assert len(dumped(spine.board.flash)) == stats["readings"]


# Rows that wait in RTC memory

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
