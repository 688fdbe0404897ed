"""Rows drained from RTC memory to the flash, also at startup: exact numbers, gaps and lines."""

from support.node.chip import SETTINGS
from support.stage.staged_chip import STAGED, keep, rows_of, saved, staged_chip, stamp
from wherry.stage import gaps
from wherry.stage.memory import ROWS_AT

NOWHERE = (0, 0, 0, 0)

KEPT = "flash write failed, row kept in RTC memory: [Errno 5]"
LOST = "flash write failed, row lost: [Errno 5]"


def fail(*_):
    raise OSError(5, "EIO")


def test_the_first_rows_of_a_node_follow_no_gap():
    chip, node = staged_chip()
    assert node.stage.state.gap == 1 and not node.stage.count
    keep(node, 0, 3)
    assert node.queue.next_row == 0 and node.stage.count == 3
    node.drain_stage()
    assert gaps.read(chip.root) == (0, []) and node.stage.state.gap == 0 == saved(chip).state.gap
    assert rows_of(node.queue) == [(i, stamp(i), i) for i in range(3)]
    assert node.stage.count == saved(chip).count == 0 and node.queue.readings == 6
    node.drain_stage()
    assert node.queue.next_row == 3


def test_a_power_cut_leaves_a_gap_between_the_rows_before_and_after_it():
    chip, node = staged_chip()
    keep(node, 0, 3)
    node.drain_stage()
    keep(node, 3, 5)
    chip.cut()
    node = chip.boot()
    keep(node, 10, 12)
    node.drain_stage()
    assert gaps.read(chip.root) == (1, [(3, stamp(2), stamp(10, 2))])
    assert chip.lines[-1] == "gap before row 3: rows lost with RTC memory"
    assert rows_of(node.queue)[3:] == [(3, stamp(10, 2), 10), (4, stamp(11, 2), 11)]
    assert saved(chip).state.gap == 0


def test_a_gap_before_the_oldest_row_has_no_beginning():
    chip, node = staged_chip()
    keep(node, 0, 3)
    chip.cut()
    node = chip.boot()
    keep(node, 4, 5)
    node.drain_stage()
    assert gaps.read(chip.root) == (1, [(0, NOWHERE, stamp(4, 2))])


def test_a_walk_while_rows_are_drained_takes_no_sample():
    chip, node = staged_chip()
    for first in range(0, 90, 30):
        keep(node, first, first + 30)
        node.drain_stage()
    # The newest row is in a frame of more than 32 rows, after which a gap begins.
    node.stage.state.gap = 1
    fed = []
    chip.feed = lambda: fed.append(chip.true_ms)
    keep(node, 90, 92)
    chip.true_ms += 60_000
    node.drain_stage()
    assert fed and not chip.log
    assert gaps.read(chip.root) == (1, [(90, stamp(89), stamp(90))])
    assert [row[0] for row in rows_of(node.queue)] == list(range(92))
    node.sample_if_due()
    assert len(chip.log) == 1


def frames_staged():
    """Return (chip, [(first row, end row)] of each frame in RTC memory, the frames' places)."""
    chip, node = staged_chip()
    keep(node, 0, 2)
    node.drain_stage()
    node.stage.forget_rows(False)
    firsts, places, number = [2], [ROWS_AT], 2
    while len(firsts) < 4:
        keep(node, number, number + 1)
        if node.stage.at != places[-1]:
            firsts.append(number)
            places.append(node.stage.at)
        number += 1
    keep(node, number, number + 4)
    node.save()
    return chip, list(zip(firsts, firsts[1:] + [number + 4])), places


def test_rows_that_are_damaged_in_rtc_memory_leave_a_gap_of_their_numbers():
    for broken in range(4):
        chip, numbers, places = frames_staged()
        first, end = numbers[broken]
        chip.memory.content[places[broken] + 9] ^= 1
        node = chip.boot()
        newest = numbers[-1][1]
        assert node.stage.count == newest - 2
        node.drain_stage()
        there = [n for n in range(newest) if not first <= n < end]
        assert [row[0] for row in rows_of(node.queue)] == there == [
            row[2] for row in rows_of(node.queue)
        ]  # fmt: skip
        if broken < 3:
            assert gaps.read(chip.root) == (1, [(end, stamp(first - 1), stamp(end))]), broken
            assert node.stage.state.gap == 0
            continue
        # The gap ends with the next row, which gets the queue's next number.
        assert gaps.count(chip.root) == 0 and node.stage.state.gap == saved(chip).state.gap == 1
        assert node.queue.next_row == first
        keep(node, 90, 91)
        node.drain_stage()
        assert gaps.read(chip.root) == (1, [(first, stamp(first - 1), stamp(90))])
        assert node.stage.state.gap == 0


def test_rows_wait_in_rtc_memory_while_the_flash_fails_and_are_reported_once_queued():
    chip, node = staged_chip(SETTINGS)
    assert node.stage.state.gap == 0
    keep(node, 0, 1)
    append, node.queue.append = node.queue.append, fail
    for number in (1, 2):
        keep(node, number, number + 1)
        assert node.stage.count == number and node.queue.next_row == 1
    reported = chip.lines
    assert reported[0] == "row 0: 2 readings" and reported[1].startswith(KEPT)
    # The second attempt covers both rows.
    assert len(reported) == 3 and reported[2].startswith(KEPT)
    node.queue.append = append
    keep(node, 3, 4)
    assert node.stage.count == 0 and rows_of(node.queue) == [(i, stamp(i), i) for i in range(4)]
    assert reported[3:] == ["row %d: 2 readings" % number for number in (1, 2, 3)]
    assert node.queue.readings == 8 and node.uploads[0].ledger.dropped == 0


def test_a_row_without_room_is_counted_as_dropped():
    chip, node = staged_chip(SETTINGS)
    node.queue.append = fail
    count = 0
    while node.stage.append(count, 0, 0, 1000 + count, 0, 3, [count * count % 9973, count]):
        count += 1
    keep(node, count, count + 1)
    assert len(chip.lines) == 1 and chip.lines[0].startswith(LOST)
    assert node.stage.count == count > 100
    assert (node.queue.readings, node.uploads[0].ledger.dropped) == (2, 2)
    keep(node, 900, 901)
    assert (node.queue.readings, node.uploads[0].ledger.dropped) == (4, 4)


def started(settings, state_gap=0, queued=0, between=None):
    """Return (chip, node) after a start with waiting rows; `between` is called just before it."""
    chip, node = staged_chip()
    keep(node, 0, 1)
    node.drain_stage()
    keep(node, 1, 4)
    node.stage.state.gap = state_gap
    node.save()
    content = bytes(chip.memory.content)
    if queued:
        node.queue.extend([stamp(number) + (3, [number, 0]) for number in range(1, 1 + queued)])
    if between:
        between(chip, node)
    # RTC memory has not been updated.
    chip.memory.content[:] = content
    chip.settings = settings
    del chip.lines[:]
    return chip, chip.boot()


def numbers_of(queue):
    return [(row[0], row[2]) for row in rows_of(queue)]


def test_rows_that_may_wait_keep_waiting():
    for gap in (0, 1):
        chip, node = started(STAGED, gap)
        assert (node.stage.count, node.stage.first, node.queue.next_row) == (3, 1, 1)
        assert node.stage.state.gap == gap and not chip.lines


def test_overdue_rows_are_queued_with_the_gap_before_them():
    for gap in (0, 1):
        chip, node = started(SETTINGS, gap)
        assert (node.stage.count, saved(chip).count) == (0, 0)
        assert numbers_of(node.queue) == [(i, i) for i in range(4)]
        assert gaps.count(chip.root) == gap and node.stage.state.gap == 0
        lines = ["gap before row 1: rows lost with RTC memory"] * gap
        assert chip.lines == lines + ["row %d: 2 readings" % number for number in (1, 2, 3)]


def test_rows_already_in_the_queue_are_forgotten_with_the_gap_before_them():
    for settings, queued, left in (
        (STAGED, 0, 3), (STAGED, 1, 2), (STAGED, 2, 1), (STAGED, 3, 0), (SETTINGS, 1, 0),
    ):  # fmt: skip
        chip, node = started(settings, 1, queued=queued)
        assert node.stage.count == saved(chip).count == left, (settings, queued)
        assert node.stage.first == 1 + queued or not left
        assert node.stage.state.gap == (0 if queued or settings is SETTINGS else 1)
        keep(node, 4, 5)
        node.drain_stage()
        assert numbers_of(node.queue) == [(i, i) for i in range(5)]
        assert gaps.count(chip.root) == (1 if not queued else 0)


def damage(chip, node):
    """Make the next queue look damaged: its newest rows are lost, and its next row is row 3."""
    new_queue = chip.new_queue

    def damaged(*parts):
        queue = new_queue(*parts)
        queue.damaged, queue.next_row = 9, 3
        return queue

    chip.new_queue = damaged


def test_a_damaged_queue_gets_all_staged_rows_with_its_own_numbers():
    for settings in (STAGED, SETTINGS):
        chip, node = started(settings, between=damage)
        assert node.stage.count == saved(chip).count == 0
        assert numbers_of(node.queue) == [(0, 0), (3, 1), (4, 2), (5, 3)]
        assert gaps.count(chip.root) == 0
