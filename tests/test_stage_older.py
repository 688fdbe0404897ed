"""RTC memory of 0.1.0, taken up by a stage of today; and where today's things lie."""

import struct

from older_stage import MOVED, as_0_1_0
from test_stage import Memory, filled, measured
from wherry.rows.frame import SIZE_MAX
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
