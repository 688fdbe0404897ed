"""A stage after a wake: it continues at the exact bit, even after a reset during a write."""

import random

from support.queue.rows_by_spec import RICE, ROWS, frame_of
from support.stage.model import RECORDS, ROWS_AT, SEED, Model, copy_of, record_of, state_of
from support.stage.rtc_memory import Memory, filled, measured, random_rows
from wherry.stage.recovery import newest

DRAINED_MAX = 8


def test_a_frame_continues_after_each_wake_as_without_a_wake():
    for kind in (ROWS, RICE):
        random.seed(SEED + kind)
        memory, _ = filled(0)
        model = Model(kind)
        for row in random_rows(40):
            stage = memory.stage(3, kind)
            model.append(row)
            assert stage.append(*row) and stage.count == model.waiting
            at = RECORDS[model.sequence & 1]
            assert memory.content[at : at + 28] == model.record(), (kind, row[0])
            end = model.at + len(model.frame)
            assert memory.content[model.at : end] == model.frame, (kind, row[0])


def test_a_frame_of_drained_rows_is_continued_up_to_eight_rows():
    for kind in (ROWS, RICE):
        memory, _ = filled(0)
        for number in range(20):
            stage = memory.stage(3, kind)
            at_wake = number % DRAINED_MAX
            last = newest(stage)
            assert (last[0] if last else None) == (number - 1 if at_wake else None)
            assert stage.append(number, 0, 0, 1000 + 60 * number, 0, 7, [number, 2, 3])
            assert stage.writer.count == at_wake + 1 and stage.at == ROWS_AT
            assert stage.count == 1 and stage.first == number
            stage.forget_rows()
            assert stage.count == 0 and stage.writer.count == at_wake + 1


def test_rows_can_be_forgotten_together_with_their_frame():
    memory, stage = filled(3)
    assert newest(stage)[0] == 2
    stage.forget_rows(False)
    assert stage.open_writer is None and stage.at == ROWS_AT and stage.count == 0
    for each in (stage, memory.stage(3)):
        assert newest(each) is None
    assert stage.append(9, 0, 0, 1000, 0, 5, [1, 2]) and stage.writer.count == 1
    assert [row[0] for row in measured(memory.stage(3))] == [9]


def rows_before_a_torn_one(count):
    rows = [(5 + i, 0, 0, 1000 + 60 * i, 0, 5, [i * i, -3 * i]) for i in range(count)]
    # The last row encodes its time step, so it begins with a bit 0 in the byte that it shares.
    return rows, (5 + count, 0, 0, 5000 + 60 * count, 0, 5, [0, 0])


def test_a_cut_row_leaves_the_frame_before_it_intact():
    shared = set()
    for kind in (ROWS, RICE):
        for count in range(1, 25):
            rows, torn = rows_before_a_torn_one(count)
            before, after = frame_of(kind, rows, 3), frame_of(kind, rows + [torn], 3)
            bits = 16 + before.ends[-1]
            shared.add(bits & 7)
            crc = int.from_bytes(before.whole()[-4:], "little")
            content = bytearray(2048)
            content[:326] = copy_of(state_of(7), 4)
            # The bytes of the new row were written, but not their record.
            frame = after.whole()
            content[ROWS_AT : ROWS_AT + len(frame)] = frame
            slot = RECORDS[1]
            content[slot : slot + 28] = record_of(81, ROWS_AT, bits, count, count, 5, crc)
            memory = Memory(content)
            stage = memory.stage(3, kind)
            assert (stage.count, measured(stage)) == (count, rows), (kind, count)
            assert stage.append(*torn) and measured(memory.stage(3)) == rows + [torn]
            assert memory.content[ROWS_AT : ROWS_AT + len(frame)] == frame
    assert shared == set(range(8))


def test_an_impossible_record_costs_only_its_rows():
    for at, bits in (
        (ROWS_AT, 1), (ROWS_AT, 16), (ROWS_AT, 17), (ROWS_AT, 237 * 8), (ROWS_AT, 65_535),
        (2040, 80), (2047, 24), (2048, 24), (2048, 0),
    ):  # fmt: skip
        content = bytearray(2048)
        content[:326] = copy_of(state_of(7), 4)
        for i, slot in enumerate(RECORDS):
            content[slot : slot + 28] = record_of(80 + i, at, bits, 3, 3, 10, 77)
        stage = Memory(content).stage(3)
        assert stage.state.boot == 7 and (stage.count, stage.first) == (3, 10), (at, bits)
        assert measured(stage) == [] and len(stage.buffer) == 2048, (at, bits)
        stage.forget_rows()
        assert stage.append(13, 0, 0, 1000, 0, 5, [1, 2]), (at, bits)
        assert [row[0] for row in measured(stage)] == [13]


def test_new_rows_follow_rows_of_other_channels():
    memory, _ = filled(0)
    stage = memory.stage(40)
    for i in range(3):
        assert stage.append(i, 0, 0, 1000 + i, 0, 1 << 39 | 1, [i, i])
    size = stage.writer.close()
    stage = memory.stage(3)
    assert stage.count == 3 and stage.at == ROWS_AT + size and newest(stage) is None
    assert stage.append(3, 0, 0, 1100, 0, 5, [8, 9]) and stage.count == 4
    found = [row[0] for row in measured(memory.stage(40))]
    assert found == [0, 1, 2, 3]


def test_a_stage_can_be_filled_to_its_last_byte():
    for kind in (ROWS, RICE):
        memory, _ = filled(0)
        stage = memory.stage(3, kind)
        model = Model(kind)
        count = 0
        while True:
            values = [count * n % 400_000_009 for n in (77_777_777, 99_999_989, 123_456_789)]
            row = (count, 0, 0, 1000 + 60 * count, 0, 7, values)
            was_at = model.at
            model.append(row)
            fits = model.at + len(model.frame) <= 1680
            assert stage.append(*row) == fits, (kind, count)
            if not fits:
                break
            assert model.at == stage.at and (was_at <= stage.at)
            count += 1
        assert stage.count == count == len(measured(memory.stage(3))), kind
        assert stage.at > 1480 - 240
