"""A node whose board has a ring: outages, kills, cuts inside writes, every row accounted for."""

import json
import random

from support.boards.life import live_through
from support.boards.spine import Spine
from support.owner.queue_command import dumped, wherry
from wherry_host.owner.data_copy import copied
from wherry_host.owner.view import OwnerView

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
