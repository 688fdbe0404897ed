"""A board with a full queue whose power fails twice in one outage: its next start delivers.

The boots of the outage never learned the time, so the start searches the queue for their rows.
"""

from itertools import pairwise

import pytest
from support.boards.spine import Spine
from support.year.long_queue import files_of
from wherry_host.clock import UNIX_2000_S

ROW_COUNT = 136_000
PERIOD_S = 10
NODE = {"sample_every": f"{PERIOD_S} s", "send_every": "30 s"}


@pytest.fixture
def spine(tmp_path):
    with Spine(tmp_path, 10, {"node": NODE}) as running:
        begin_s = running.clock.now_us() // 1_000_000 - UNIX_2000_S
        for path, content in files_of(running.config.typed, begin_s, ROW_COUNT).items():
            running.put(path, content)
        running.start()
        running.board.wifi(up=False)
        running.board.cut()
        yield running


def start(spine):
    """Apply power again; return the index of the first line after it."""
    since = spine.mark()
    spine.board.power_on()
    return since


def next_rows(spine, since, count):
    """Wait for some more rows after a line."""
    for _ in range(count):
        spine.wait("row ", since=since)
        since = spine.mark()


def test_the_start_after_two_power_cuts_in_an_outage_delivers_and_samples(spine):
    for _ in range(2):
        next_rows(spine, start(spine), 3)
        spine.board.cut()
    spine.board.wifi(up=True)
    since = start(spine)
    spine.wait("harbor: ", since=since)
    next_rows(spine, spine.mark(), 2)
    lines = spine.board.lines[since:]
    said = [text for _, text in lines]
    estimated = [text for text in said if ": no time, " in text and " rows estimated" in text]
    assert len(estimated) == 2, said
    (first, *_) = [text for text in said if " harbor: " in text]
    assert " harbor: delivered " in first, said
    for (early_us, *_), (late_us, *_) in pairwise(spine.rows(lines)):
        gap_us = late_us - early_us - spine.lost_us(early_us, late_us)
        assert gap_us <= 2 * PERIOD_S * 1_000_000, said
    # The watchdog has not reset it.
    assert len([text for text in said if " row " in text and text.startswith("0.")]) <= 1, said
