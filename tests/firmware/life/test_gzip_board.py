"""The trial of gzip on a board: its console lines, and its result after a power cut."""

from support.boards.spine import Spine
from wherry_host.account.flash import read_flash

REPORT = "harbor: refused, HTTP 400"
FAULT = {"kind": "status", "status": 400, "times": 1}
REFUSED = 3
# The faults are set between two uploads.
CHANGES = {"node": {"sample_every": "5 s", "send_every": "40 s"}}


def test_a_board_remembers_that_its_server_refuses_gzip(tmp_path):
    with Spine(tmp_path, 10, CHANGES) as spine:
        spine.service.set_faults(FAULT)
        spine.start()
        for _ in range(2):
            since = spine.mark()
            spine.wait(f"{REPORT} to gzip; sending plain JSON", since=since)
            spine.wait("harbor: delivered", since=since)
            spine.service.set_faults(FAULT)
        spine.board.cut()
        since = spine.mark()
        spine.board.power_on()
        # The board has sent plain JSON.
        spine.wait(f"{REPORT}$", since=since)
        spine.drained()
        counts = spine.settled()
        ledger = read_flash(spine.board.flash.read_bytes()).ledgers["harbor"]
    assert ledger.gzip == REFUSED and counts["delivered"] and not counts["set_aside"]
