"""A start with rows in RTC memory: rows that keep waiting, rows that are queued, and gaps."""

from support.node.chip import SETTINGS
from support.stage.staged_chip import STAGED, keep, rows_of, saved, staged_chip, stamp
from wherry.rows.frame import MS, UNDATED
from wherry.stage import gaps


def started(settings, state_gap=0, waiting=3, queued=0, between=None):
    """Return (chip, node) after a start with waiting rows; `between` is called just before it."""
    chip, node = staged_chip()
    keep(node, 0, 1)
    node.drain_stage()
    keep(node, 1, 1 + waiting)
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


def test_overdue_rows_are_queued_without_a_gap_before_them():
    for gap in (0, 1):
        chip, node = started(SETTINGS, gap)
        assert (node.stage.count, saved(chip).count) == (0, 0)
        assert numbers_of(node.queue) == [(i, i) for i in range(4)]
        assert gaps.count(chip.root) == 0 and node.stage.state.gap == 0
        assert chip.lines == ["row %d: 2 readings" % number for number in (1, 2, 3)]


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


def test_rows_of_other_channels_are_queued_first_and_the_state_gets_the_new_channels():
    def rename(chip, node):
        node.queue.spill()
        chip.channels = (("humidity", "%", 2), ("temperature", "°C", 2))

    for settings in (STAGED, SETTINGS):
        chip, node = started(settings, between=rename)
        assert node.stage.count == 0 and node.queue.next_row == 4
        assert node.stage.state.schema == node.queue.schema == saved(chip).state.schema
        assert rows_of(node.queue)[3][2] == 3 * 77_777_777 % 500_000_009
        assert gaps.count(chip.root) == 0


def test_a_state_of_other_channels_without_rows_is_corrected_immediately():
    chip, node = started(STAGED, waiting=0)
    node.stage.state.schema ^= 1
    state_schema = node.stage.state.schema
    node.stage.save()
    assert saved(chip).state.schema == state_schema
    node = chip.boot()
    assert node.stage.state.schema == node.queue.schema == saved(chip).state.schema


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


def test_a_single_damaged_row_is_a_gap():
    for broken in (1, 2, 3):
        chip, node = staged_chip()
        keep(node, 0, 1)
        node.drain_stage()
        node.stage.forget_rows(False)
        places = [0]
        # Each row is in a separate frame, because the boots differ.
        for number in (1, 2, 3):
            row = (MS | UNDATED, number, 10 + number, 7, 3, [number, 0])
            assert node.stage.append(number, *row)
            places.append(node.stage.at)
        node.save()
        chip.memory.content[places[broken] + 4] ^= 1
        node = chip.boot()
        node.drain_stage()
        if broken == 3:
            # The previous record, which has two rows, is valid.
            assert [row[2] for row in rows_of(node.queue)] == [0, 1, 2]
            assert gaps.read(chip.root) == (0, []) and node.stage.state.gap == 0
            continue
        assert [row[2] for row in rows_of(node.queue)] == [i for i in range(4) if i != broken]
        before, after = stamp(broken - 1, max(1, broken - 1)), stamp(broken + 1, broken + 1)
        assert gaps.read(chip.root) == (1, [(broken + 1, before, after)]), broken
