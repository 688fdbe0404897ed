"""A version on trial: its proof and its end, on a virtual board, and trial.py alone.

docs/spec.md has the words of /slot.
"""

import pytest
from support.boards.firmware_run import found_by
from support.boards.spine import Spine
from support.boards.trials import broken, deploy_another, slot_words


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


# A turn is [next row at the run's start, next row, rows that wait, True if they can be moved].
PROGRAM = """
import trial

class Node:
    def __init__(self, next_row, count, moves):
        self.queue = self.stage = self.ports = self
        self.next_row, self.count, self.moves = next_row, count, moves
    def say(self, text): pass
    def drain_stage(self):
        if not self.moves: raise OSError(28)
        self.next_row, self.count = self.next_row + self.count, 0

mount(given["files"])
words, found = given["words"], []
for row, next_row, count, moves in given["turns"]:
    node = Node(next_row, count, moves)
    words = trial.step(node, words, row)
    found.append([words, files()])
"""
NO_ROW, ROW = (5, 5, 0, True), (5, 6, 0, True)
WAITS, MOVED = (5, 5, 1, False), (5, 5, 1, True)


def turns(words, *each, files=None):
    """Return (words, files) after each turn, and the lines printed."""
    given = {"words": words.split(), "turns": each, "files": files or {"/slot": "as it was"}}
    found, lines = found_by(PROGRAM, given)
    return [(" ".join(after), left) for after, left in found], lines


@pytest.mark.parametrize(("turn", "after", "slot"), [
    (ROW, "b.app", "b.app"),
    # Rows in RTC memory are moved, because one in flash is the proof.
    (MOVED, "b.app", "b.app"),
    # The turn was good but had no row to keep: the start does not count.
    (NO_ROW, "a.app b.app 1 good", "a.app b.app 1"),
    # If a row cannot be moved to flash, the words stay.
    (WAITS, "a.app b.app 1", "as it was"),
])  # fmt: skip
def test_a_row_in_flash_proves_and_a_good_turn_without_one_does_not_count(turn, after, slot):
    (found,), _ = turns("a.app b.app 1", turn)
    assert found == (after, {"/slot": slot})


def test_a_count_is_given_back_once_and_a_proof_may_come_later():
    files = {"/slot": "as it was"}
    found, lines = turns("a.app b.app 2", NO_ROW, files=files)
    assert found[0][1]["/slot"] == "a.app b.app 2" and lines == []
    found, _ = turns("a.app b.app 2 good", NO_ROW, files=files)
    assert found == [("a.app b.app 2 good", files)]
    found, lines = turns("a.app b.app 2", NO_ROW, NO_ROW, ROW)
    assert found[-1] == ("b.app", {"/slot": "b.app"})
    assert lines == ["slot: b.app passed its trial"]


def test_rows_from_before_the_run_prove_nothing():
    found, _ = turns("a.app b.app 0", (5, 4, 0, True))
    assert found[0][0] == "a.app b.app 0 good"


@pytest.mark.parametrize("turn", [ROW, NO_ROW])
def test_a_flash_that_refuses_leaves_the_words(turn):
    files = {"/slot": "a.app b.app 1", "/slot.new/": ""}
    ((words, left),), lines = turns("a.app b.app 1", turn, files=files)
    assert words == "a.app b.app 1" and left == files
    assert lines[-1].startswith("slot: flash write failed:")
