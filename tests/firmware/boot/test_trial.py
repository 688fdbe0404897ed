"""New versions on trial on a virtual board: the proof of one, and the return to the old one."""

from support.boards.spine import Spine
from support.boards.trials import broken, deploy_another, slot_words
from wherry_host.install.target_port import PortTarget

FAILS = "def make_node(*_):\n    raise ValueError(7)\n"


def test_a_row_in_the_flash_proves_a_version_without_a_server(tmp_path):
    changes = {"node": {"sample_every": "1 h", "send_every": "1 h"}}
    with Spine(tmp_path, changes=changes) as spine:
        spine.start().wait("row 0")
        spine.board.cut()
        deploy_another(spine)
        spine.board.wifi(up=False)
        since = spine.mark()
        spine.board.power_on()
        # The next sample would be due in an hour.
        spine.wait("slot: b.app passed its trial", since=since)
        spine.board.cut()
        assert slot_words(spine) == ["b.app"]


def test_rows_that_stay_in_rtc_memory_are_moved_for_the_proof(tmp_path):
    changes = {"node": {"sample_every": "1 s", "send_every": "1 h", "durability": "stage"}}
    with Spine(tmp_path, changes=changes) as spine:
        deploy_another(spine)
        spine.start().wait("slot: b.app passed its trial")


def test_a_version_that_fails_three_times_is_abandoned(tmp_path):
    with Spine(tmp_path) as spine:
        spine.start().wait("row 0")
        spine.board.cut()
        deploy_another(
            spine, **broken(spine, assemble="def make_node(*_):\n    raise ValueError(7)\n")
        )
        since = spine.mark()
        spine.board.power_on()
        spine.wait("slot: three starts of b.app failed, back to a.app", 60, since)
        spine.wait("row ", since=spine.mark())
        lines = [text for _, text in spine.board.lines[since:]]
        assert lines.count("ValueError: 7") == 3
        spine.board.cut()
        assert slot_words(spine) == ["a.app"]


def test_a_version_that_does_not_load_is_abandoned(tmp_path):
    with Spine(tmp_path) as spine:
        deploy_another(spine, **{"app.mpy": b"no mpy"})
        spine.start().wait("slot: three starts of b.app failed, back to a.app", 60)
        spine.wait("row 0")


def test_starts_without_a_row_neither_prove_nor_fail(tmp_path):
    changes = {
        "power": {"source": "battery"},
        "node": {"sample_every": "2 s", "send_every": "4 s"},
    }
    changes["sensor"] = [{"driver": "bme280"}]
    with Spine(tmp_path, changes=changes) as spine:
        spine.start().wait("row 0")
        spine.board.cut()
        deploy_another(spine)
        # Without a network the node adds no own row either.
        spine.board.wifi(up=False)
        spine.board.device("bme280", "absent")
        since = spine.mark()
        spine.board.power_on()
        for _ in range(5):
            spine.board.wait_event("sleep", since=len(spine.board.events))
        reported = [text for _, text in spine.board.lines[since:]]
        assert not [text for text in reported if "slot:" in text or "row " in text]
        spine.board.device("bme280")
        spine.wait("slot: b.app passed its trial", since=since)


def test_a_person_at_the_console_fails_no_version(tmp_path):
    # At a quarter of the speed a join, during which the person comes, takes more than a minute.
    with Spine(tmp_path, 0.25) as spine:
        deploy_another(spine)
        spine.start()
        spine.board.wifi(up=False)
        for _ in range(4):
            spine.wait("row ", since=spine.mark())
            with PortTarget(spine.board.port) as target:
                assert target.read("/slot") == b"a.app b.app 0"
                target.restart()
        spine.board.cut()
