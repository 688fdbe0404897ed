"""The trial of gzip on a board: its console line, and its result in the flash."""

import pytest
from support.boards.spine import Spine
from wherry_host.account.flash import read_flash

TAKEN, REFUSED = 1, 2
REPORT = "harbor: refused, HTTP 415 to gzip; sending plain JSON"


@pytest.mark.parametrize("result", [TAKEN, REFUSED])
def test_a_board_remembers_whether_its_server_takes_gzip(tmp_path, result):
    with Spine(tmp_path, 5) as spine:
        if result == REFUSED:
            spine.service.set_faults({"kind": "status", "status": 415, "times": 1})
        spine.start()
        if result == REFUSED:
            spine.wait(REPORT)
        spine.drained()
        counts = spine.settled()
        ledger = read_flash(spine.board.flash.read_bytes()).ledgers["harbor"]
    assert ledger.gzip == result
    assert counts["delivered"] and not counts["set_aside"]
