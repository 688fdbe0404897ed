"""The first row of an uplink that is added to a node, and the rows kept for a refused uplink."""

import os

from support.node.chip import SETTINGS, TRUE_AT_START, Chip
from support.queue.folders import fresh, mounted_again
from support.queue.small_segments import small_segments
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.sending.first_cursor import join

ENV = (("temperature", "°C", 2), ("humidity", "%", 2))
DAY_MS = 86_400_000


def joined(root, queue, label, start=None):
    """Open a ledger as assemble.py does, and return it."""
    ledger = queue.ledger(label)
    if ledger.is_new:
        join(queue, ledger, label, start)
    return ledger


def started(row_count):
    """Return a folder and its queue, with one uplink that has existed since the first row."""
    root = fresh()
    for folder in ("/cursors", "/aside"):
        os.mkdir(root + folder)
    queue = Queue(root, ENV, False, 400_000)
    joined(root, queue, "harbor")
    append(queue, row_count)
    return root, queue


def append(queue, count):
    for _ in range(count):
        queue.append(0, 0, 1000 + 60 * queue.next_row, 0, 3, [queue.next_row, 7])


def test_an_uplink_that_is_added_begins_with_the_next_row():
    root, queue = started(20)
    ledger = joined(root, queue, "roof")
    assert (ledger.row, ledger.before, ledger.settled()) == (20, 40, 40)
    append(queue, 5)
    mounted_again()
    again = joined(root, Queue(root, ENV, False, 400_000), "roof")
    # The ledger was saved immediately, so later rows belong to the uplink.
    assert (again.row, again.before) == (20, 40)


def test_an_uplink_begins_with_the_oldest_row_if_configured_or_if_it_has_sent_nothing():
    root, queue = started(20)
    wanted = joined(root, queue, "roof", "oldest")
    assert (wanted.row, wanted.settled()) == (0, 0)
    first = queue.ledger("harbor")
    assert not first.is_new and (first.row, first.settled()) == (0, 0)


@small_segments(500)
def test_earlier_drops_are_not_counted_for_an_added_uplink():
    root = fresh()
    os.mkdir(root + "/cursors")
    queue = Queue(root, ENV, False, 1500)
    append(queue, 900)
    ledger = joined(root, queue, "harbor", "oldest")
    assert ledger.row == queue.segments[0] > 0 and ledger.before == 2 * ledger.row


def test_an_uplink_with_a_damaged_ledger_sends_all_rows_again():
    root, queue = started(20)
    joined(root, queue, "roof", "oldest")
    with open(root + "/cursors/roof", "r+b") as file:
        file.write(b"\xff")
    again = joined(root, queue, "roof")
    assert (again.row, again.before) == (0, 0)
    # A power cut while a ledger is created leaves an empty file, which counts as missing.
    open(root + "/cursors/roof", "wb").close()
    assert joined(root, queue, "roof").row == 20


def test_an_uplink_is_the_first_one_if_no_ledger_has_been_written():
    for label, content, row in (("other", b"", 0), ("roof", b"", 0), ("other", b"x", 20)):
        root = fresh()
        for folder in ("/cursors", "/aside"):
            os.mkdir(root + folder)
        queue = Queue(root, ENV, False, 400_000)
        append(queue, 20)
        with open(root + "/cursors/" + label, "wb") as file:
            file.write(content)
        assert joined(root, queue, "roof").row == row, (label, content)
    # A configured start applies, except to an uplink that lost its counters.
    for content, start, row in ((None, "new", 20), (b"x", "new", 0), (b"x", None, 0)):
        root, queue = started(20)
        if content:
            with open(root + "/cursors/roof", "wb") as file:
                file.write(content)
        ledger = joined(root, queue, "roof", start)
        assert (ledger.row, ledger.before) == (row, 2 * row), (content, start)
        assert in_file(root + "/cursors/roof").row == row


def test_a_refusal_is_dated_and_ends_with_the_next_delivery():
    chip = Chip(SETTINGS)
    chip.run(TRUE_AT_START + 120_000)
    chip.server.statuses = [401] * 4
    node = chip.run(TRUE_AT_START + DAY_MS // 4)
    ledger = node.uploads[0].ledger
    assert not ledger.denied_s and ledger.delivered > 0
    chip.server.statuses = [401] * 40
    node = chip.run(TRUE_AT_START + DAY_MS // 2)
    denied_s = node.uploads[0].ledger.denied_s
    assert TRUE_AT_START + DAY_MS // 4 <= denied_s * 1000 < TRUE_AT_START + DAY_MS // 2
    # Further refusals do not change it: `hold_days` counts from the first one.
    requests = chip.server.requests
    assert len(chip.server.statuses) < 36
    node = chip.run(TRUE_AT_START + DAY_MS)
    assert chip.server.requests > requests and chip.server.statuses
    assert node.uploads[0].ledger.denied_s == denied_s
    chip.cut()
    node = chip.boot()
    assert node.uploads[0].ledger.denied_s == denied_s
