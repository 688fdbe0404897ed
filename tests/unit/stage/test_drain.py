"""Rows drained from RTC memory to the flash: exact numbers, gaps and lines."""

from support.node.chip import SETTINGS
from support.stage.staged_chip import keep, rows_of, saved, staged_chip, stamp
from wherry.stage import drain, gaps, schema_change
from wherry.stage.memory import ROWS_AT

NOWHERE = (0, 0, 0, 0)

KEPT = "flash write failed, row kept in RTC memory: [Errno 5]"
LOST = "flash write failed, row lost: [Errno 5]"


def fail(*_):
    raise OSError(5, "EIO")


def fail_after(queue, count):
    """Make the flash fail once, after `count` of the rows that are queued together."""
    extend = queue.extend

    def fails(rows):
        queue.extend = extend
        extend([next(rows) for _ in range(count)])
        fail()

    queue.extend = fails


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


def test_a_queue_that_lost_its_newest_rows_renumbers_staged_rows():
    for fails in (False, True):
        chip, node = staged_chip()
        keep(node, 0, 5)
        node.drain_stage()
        keep(node, 5, 9)
        queue = node.queue
        queue.damaged, queue.next_row = 7, 20
        if fails:
            fail_after(queue, 3)
            assert not drain.try_drain(node)
            assert chip.lines[-1].startswith(
                "flash write failed, rows kept in RTC memory: [Errno 5]"
            )
            # The waiting rows still have the stage's numbers.
            for stage in (node.stage, saved(chip)):
                assert (stage.count, stage.first) == (1, 8)
            assert queue.next_row == 23
        assert drain.try_drain(node) and node.stage.count == 0 and queue.next_row == 24
        assert [row[0] for row in rows_of(queue)][-4:] == [20, 21, 22, 23]
        assert [row[2] for row in rows_of(queue)][-4:] == [5, 6, 7, 8]
        assert gaps.count(chip.root) == 0


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


OLDER = (("a", "", 0), ("b", "", 1), ("c", "", 2))


def test_staged_rows_continue_under_channels_of_equal_name_unit_and_decimals():
    for newer, found in (
        (
            (OLDER[2], OLDER[1], OLDER[0]),
            [(0, 7, [3, 2, 1]), (1, 4, [4]), (2, 2, [5]), (3, 5, [7, 6])],
        ),
        (OLDER[1:], [(0, 3, [2, 3]), (2, 1, [5]), (3, 2, [7])]),
        ((("x", "", 0), OLDER[2], OLDER[0]), [(0, 6, [3, 1]), (1, 4, [4]), (3, 6, [7, 6])]),
        ((("a", "m", 0), ("b", "", 2), OLDER[2]), [(0, 4, [3]), (3, 4, [7])]),
        ((("a ", "", 0), ("B", "", 1), ("c", "", 1)), []),
    ):
        chip, _ = staged_chip()
        chip.channels = OLDER
        node = chip.boot()
        own = 1 << 3 + 15
        node.drain_stage()
        node.queue.append(0, 0, 5, 0, 7, [1, 2, 3])
        node.queue.spill()
        node.stage.state.schema, node.stage.state.gap = node.queue.schema, 0
        rows = ((7, [1, 2, 3]), (1, [4]), (2, [5]), (5, [6, 7]), (own, [8]))
        for i, (mask, values) in enumerate(rows):
            assert node.stage.append(1 + i, 0, 0, 60 * i, 0, mask, values)
        channels = list(newer) + list(node.queue.channels)[3:]
        node.queue.channels = channels
        expected = [
            (1 + i, (0, 0, 60 * i, 0, mask, values)) for i, mask, values in found
        ]  # fmt: skip
        last = 5, (0, 0, 240, 0, 1 << len(newer) + 15, [8])
        assert list(schema_change.waiting(node.stage, node.queue)) == expected + [last]
