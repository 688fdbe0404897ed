"""RTC memory of 0.1.0, taken up by a stage of today; and where today's things lie."""

import struct
from binascii import crc32

from older_stage import MOVED, as_0_1_0
from rows_by_spec import TWO_SCHEMAS, frame_of
from test_stage import Memory, filled, measured
from wherry.rows.frame import ROWS, SIZE_MAX
from wherry.stage.memory import (
    COPY_B_AT,
    COPY_SIZE,
    FORM,
    FULL_AT,
    MARK_AT,
    RECORD,
    RECORD_AT,
    RECORD_SIZE,
    ROWS_AT,
    SIZE,
)
from wherry.stage.record import note
from wherry.stage.recovery import forget

RESERVED_SIZE = 96
# Where rows from our place on would end in its memory.
OLD_END = SIZE - MOVED


def older(row_count=5, mark=b"hand"):
    """Return (memory of 0.1.0, the rows that wait in it)."""
    _, stage = filled(row_count)
    return Memory(as_0_1_0(stage, mark)), measured(stage)


def test_nothing_lies_on_anything():
    assert struct.calcsize(FORM) + 4 <= COPY_SIZE <= MARK_AT
    assert struct.calcsize(FORM.replace("qq6s74x", "")) + RESERVED_SIZE == struct.calcsize(FORM)
    assert MARK_AT + 4 <= RECORD_AT and struct.calcsize(RECORD) + 4 <= RECORD_SIZE
    assert FULL_AT == COPY_B_AT - SIZE_MAX
    assert RECORD_AT + 2 * RECORD_SIZE <= ROWS_AT < COPY_B_AT and COPY_B_AT + COPY_SIZE <= SIZE


def test_counters_are_good_for_twenty_years_at_100_hz():
    memory, stage = filled(0)
    stage.state.next_row, stage.state.readings = 1 << 36, 3 << 36
    assert stage.append(1 << 36, 0, 0, 1000, 0, 5, [1, 2])
    stage.save()
    again = memory.stage(3)
    assert (again.state.next_row, again.state.readings) == (1 << 36, 3 << 36)
    assert again.first == 1 << 36 and measured(again)[0][0] == 1 << 36


def test_rows_of_0_1_0_wait_until_they_are_drained():
    memory, rows = older()
    before = bytes(memory.content)
    stage = memory.stage(3)
    assert stage.is_old and stage.state.boot == 7 and stage.count == 5
    assert measured(stage) == rows
    # Nothing is written over them.
    stage.save()
    note(stage)
    assert not stage.append(5, 0, 0, 1005, 0, 5, [5, -5]) and bytes(memory.content) == before
    stage.forget_rows()
    assert not stage.is_old and stage.append(5, 0, 0, 1005, 0, 5, [5, -5])
    again = memory.stage(3)
    assert not again.is_old and again.state.boot == 7
    assert [row[0] for row in measured(again)] == [5]
    assert bytes(memory.content[MARK_AT : MARK_AT + 4]) == b"hand"


def test_a_memory_without_rows_is_taken_over_at_once():
    memory, rows = older(0)
    stage = memory.stage(3)
    assert not stage.is_old and stage.count == 0 and rows == []
    again = memory.stage(3)
    assert again.state.boot == 7 and not again.is_old


def test_rows_up_to_the_end_of_the_memory_are_taken():
    _, stage = filled(0)
    # The stage of today ends earlier.
    stage.is_old = True
    stage.begin(ROWS_AT)
    stage.is_old = False
    count = 0
    while stage.append(count, 0, 0, 1000 + 7 * count * count, 0, 5, [count, -count]):
        count += 1
        if stage.at > OLD_END - 300:
            break
        if stage.at + 240 > COPY_B_AT:
            stage.writer.size_max = min(240, OLD_END - stage.at)
    rows = measured(stage)
    memory = Memory(as_0_1_0(stage))
    assert stage.at > COPY_B_AT - 240 and measured(memory.stage(3)) == rows


class Reset(BaseException):
    """The program ends here."""


class TornMemory(Memory):
    """RTC memory whose flush of a number is cut after so many bytes."""

    def __init__(self, content, whole_count, torn):
        super().__init__(content)
        self.whole_count = whole_count
        self.torn = torn

    def flush(self, buffer):
        if not self.whole_count:
            super().flush(buffer)
            raise Reset()
        self.whole_count -= 1
        self.content[:] = buffer


def take_over(memory):
    """Drain a memory of 0.1.0 as a node does; return whether a flush was cut."""
    try:
        stage = memory.stage(3)
        if stage.is_old:
            stage.forget_rows()
        return False
    except Reset:
        return True


def test_a_reset_within_the_take_over_keeps_the_state():
    for row_count in (0, 5):
        memory, rows = older(row_count)
        whole_count, is_cut = 0, True
        while is_cut:
            for torn in range(0, SIZE + 1, 13):
                cut = TornMemory(memory.content, whole_count, torn)
                is_cut = take_over(cut)
                again = Memory(cut.content).stage(3)
                assert again.state and again.state.boot == 7, (whole_count, torn)
                found = measured(again)
                assert found in ([], rows), (whole_count, torn)
            whole_count += 1
        assert whole_count > 3


def test_either_copy_and_either_record_of_0_1_0_will_do():
    for places in ((100,), (256 + 100,), (240,), (488 + 8,), (100, 240), (256 + 100, 488 + 8)):
        memory, rows = older()
        for at in places:
            memory.content[at] ^= 1
        stage = memory.stage(3)
        assert stage.is_old and stage.state.boot == 7 and measured(stage) == rows, places
    memory, _ = older()
    memory.content[100] ^= 1
    memory.content[256 + 100] ^= 1
    assert memory.stage(3).state is None


class LoggedMemory(Memory):
    """RTC memory that notes, of each flush, the first and the last byte that it has changed."""

    def __init__(self, content):
        super().__init__(content)
        self.log = []

    def flush(self, buffer):
        changed = [at for at in range(SIZE) if buffer[at] != self.content[at]]
        if changed:
            self.log.append((changed[0], changed[-1]))
        super().flush(buffer)


def test_the_first_copy_of_today_lies_beyond_those_of_0_1_0():
    for sequence in (8, 9, 10):
        content = bytearray(older()[0].content)
        for at in (0, 256):
            copy = content[at : at + 218]
            copy[4:8] = struct.pack("<I", sequence)
            content[at : at + 222] = copy + crc32(copy).to_bytes(4, "little")
        memory = LoggedMemory(content)
        memory.stage(3).forget_rows()
        found = [(begin // 4 * 4, end // 4 * 4) for begin, end in memory.log]
        # Copy B, the mark with a record, the other record, copy A, and both records once more.
        assert len(found) == 6 and found[0][0] >= 1720, (sequence, found)
        assert found[1][0] == 328 and found[1][1] < 388 and 332 <= found[2][0] <= found[2][1] < 388
        assert found[3][1] < 328 and min(found[4][0], found[5][0]) >= 332, found
        assert memory.content[328:332] == b"hand"
        again = memory.stage(3)
        assert not again.is_old and again.count == 0 and again.state.boot == 7


OLDEST = "<4sIIqqqBqqiqiqqqqBIIIIIB16sq4sIq"


def oldest(sequences, frames):
    """Return RTC memory of before 0.1.0: two copies of the state, and frames of a row each."""
    content = bytearray(SIZE)
    for at, sequence in zip((0, 256), sequences):
        numbers = [sequence + i for i in range(26)]
        numbers[21], numbers[23] = bytes([9] * 16), bytes([8] * 4)
        numbers[4] = numbers[14] = numbers[20] = 1
        copy = struct.pack(OLDEST, b"Wy\1\0", sequence, *numbers)
        content[at : at + len(copy) + 4] = copy + crc32(copy).to_bytes(4, "little")
    at = 512
    for frame in frames:
        content[at : at + len(frame)] = frame
        at += len(frame)
    return Memory(content)


def test_rows_of_before_0_1_0_wait_each_in_a_frame_of_its_own():
    rows = [(40 + i, 0, 0, 1000 + 60 * i, 0, 5, [i, -i]) for i in range(4)]
    frames = [frame_of(ROWS & ~TWO_SCHEMAS, [row], 3).whole() for row in rows]
    broken = bytearray(frames[2])
    broken[-1] ^= 1
    for taken, there in ((4, frames), (2, frames[:2] + [bytes(broken)] + frames[3:]), (0, [])):
        memory = oldest((70, 71), there)
        before = bytes(memory.content)
        stage = memory.stage(3)
        state = stage.state
        assert (state.boot, state.zero_ms, state.lease, state.server) == (
            71, 72, bytes([9] * 16), bytes([8] * 4),
        )  # fmt: skip
        assert (state.server_due, state.gap, state.own_last_ms) == (96, 0, 0)
        assert (state.uplinks, state.busy) == (bytes(34), bytearray(6))
        assert (stage.is_old, stage.count, measured(stage)) == (taken > 0, taken, rows[:taken])
        if taken:
            assert stage.first == 40 and bytes(memory.content) == before
            assert [row.row for row in stage.rows()] == list(range(40, 40 + taken))
            stage.forget_rows()
        again = memory.stage(3)
        assert not again.is_old and again.count == 0 and again.state.boot == 71


def test_rows_of_0_1_0_that_are_queued_are_forgotten_in_their_place():
    for until, left in ((2, 3), (5, 0)):
        memory, rows = older()
        stage = memory.stage(3)
        forget(stage, until)
        assert (stage.count, stage.first, stage.is_old) == (left, until, left > 0)
        assert measured(stage) == rows[until:]
        again = memory.stage(3)
        # Nothing is noted before all of them are queued.
        assert (again.count, again.is_old) == ((5, True) if left else (0, False))
