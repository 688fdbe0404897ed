"""RTC memory, byte for byte as in docs/spec.md, and the state that is read on wake."""

import random

from support.queue.rows_by_spec import RICE, ROWS, frame_of
from support.stage.model import (
    COPIES,
    RECORDS,
    ROWS_AT,
    SEED,
    SPEC_FIELDS,
    Model,
    copy_of,
    record_of,
    state_of,
)
from support.stage.rtc_memory import Memory, filled, measured, random_rows
from wherry.stage.recovery import newest

COPY_SIZE = 326
SMALLEST_OF = {"q": -(1 << 63), "i": -(1 << 31)}
LARGEST_OF = {
    "B": 255, "I": (1 << 32) - 1, "i": (1 << 31) - 1, "q": (1 << 63) - 1, "Q": (1 << 64) - 1,
    "16s": b"\xfe" * 16, "4s": b"\xfd" * 4, "80s": b"\xfb" * 80, "34s": b"\xfc" * 34,
}  # fmt: skip


FIELDS = [name for name, _ in SPEC_FIELDS]


def test_a_copy_has_each_field_in_its_place():
    memory = Memory()
    stage = memory.stage(3)
    state = stage.new_state()
    for sequence in range(1, 5):
        for i, (name, code) in enumerate(SPEC_FIELDS):
            value = LARGEST_OF[code]
            if sequence & 2:
                value = SMALLEST_OF.get(code, bytes([i]) * len(value) if code[1:] else i)
            setattr(state, name, value)
        before = bytes(memory.content)
        stage.save()
        at = COPIES[sequence & 1]
        expected = before[:at] + copy_of(state, sequence) + before[at + COPY_SIZE :]
        assert memory.content == expected, sequence
        again = memory.stage(3)
        assert again.sequence == sequence
        assert [getattr(again.state, n) for n in FIELDS] == [getattr(state, n) for n in FIELDS]


def test_the_copy_with_the_higher_sequence_counts():
    for a, b, taken in ((1, 2, 2), (2, 1, 2), (5, 0, 5), (0, 5, 5), (1 << 31, 7, 1 << 31)):
        content = bytearray(2048)
        for at, sequence in ((0, a), (1720, b)):
            state = state_of(sequence)
            content[at : at + COPY_SIZE] = copy_of(state, sequence)
        stage = Memory(content).stage(3)
        assert (stage.state.boot, stage.sequence) == (taken, taken), (a, b)
        for at, left in ((0, b), (1720, a)):
            damaged = bytearray(content)
            damaged[at + COPY_SIZE - 1] ^= 128
            assert Memory(damaged).stage(3).state.boot == left, (a, b, at)


def test_rows_and_their_record_have_the_bytes_of_the_spec():
    for kind, wakes in ((ROWS, False), (RICE, False), (ROWS, True), (RICE, True)):
        random.seed(SEED)
        memory, _ = filled(0)
        stage = memory.stage(3, kind)
        model = Model(kind)
        for row in random_rows(45):
            stage = memory.stage(3, kind) if wakes else stage
            assert stage.append(*row)
            model.append(row)
            at = RECORDS[model.sequence & 1]
            assert memory.content[at : at + 28] == model.record(), (kind, row[0])
            end = model.at + len(model.frame)
            assert memory.content[model.at : end] == model.frame, (kind, row[0])
            if row[0] in (6, 40) and not wakes:
                stage.forget_rows()
                model.waiting = 0
                for _ in RECORDS:
                    model.sequence += 1
                    at = RECORDS[model.sequence & 1]
                    assert memory.content[at : at + 28] == model.record(), (kind, row[0])


def some_rows(first, count):
    return [(first + i, 0, 0, 1000 + 60 * i, 0, 5, [first + i, -i]) for i in range(count)]


# There are two closed frames; the open one has two of its rows, then all three.
PARTS = [some_rows(10, 4), some_rows(14, 3), some_rows(17, 3)]
FRAMES = [frame_of(ROWS, rows, 3).whole() for rows in PARTS]
OLDER = frame_of(ROWS, PARTS[2][:2], 3)
OPEN_AT = ROWS_AT + len(FRAMES[0]) + len(FRAMES[1])


def memory_of(newer_at=1, waiting=(9, 10), damaged=()):
    """Return RTC memory with two records, the newer in slot `newer_at`; `damaged` are offsets."""
    content = bytearray(2048)
    content[:COPY_SIZE] = copy_of(state_of(7), 4)
    content[ROWS_AT : ROWS_AT + sum(map(len, FRAMES))] = b"".join(FRAMES)
    ends = 16 + OLDER.ends[-1], 16 + frame_of(ROWS, PARTS[2], 3).ends[-1]
    for is_newer, frame in enumerate((OLDER.whole(), FRAMES[2])):
        crc = int.from_bytes(frame[-4:], "little")
        slot = RECORDS[newer_at] if is_newer else RECORDS[1 - newer_at]
        counts = OPEN_AT, ends[is_newer], 2 + is_newer, waiting[is_newer], 10, crc
        content[slot : slot + 28] = record_of(80 + is_newer, *counts)
    for at in damaged:
        content[at] ^= 64
    return Memory(content)


def numbers_of(stage):
    return [row[0] for row in measured(stage)]


def test_the_better_record_counts_or_the_newer_one_of_two_equally_good_ones():
    first, second = list(range(10, 14)), list(range(14, 17))
    row_17 = OPEN_AT + 6
    row_18, row_19 = [OPEN_AT + 3 + (end >> 3) for end in OLDER.ends]
    whole, behind = ROWS_AT + 5, OPEN_AT - 9
    for damaged, count, expected in (
        ((), 10, first + second + [17, 18, 19]),
        # Only the newest row is damaged: the older record is fully valid.
        ((row_19,), 9, first + second + [17, 18]),
        # The open frame is damaged in both records: only the closed frames are left.
        ((row_18,), 10, first + second), ((row_17,), 10, first + second),
        # A closed frame is damaged: the newer record counts if both open frames are valid.
        ((whole,), 10, second + [17, 18, 19]), ((whole, row_19), 9, second + [17, 18]),
        ((whole, row_18), 10, second), ((whole, behind, row_18), 10, []),
    ):  # fmt: skip
        for newer_at in (0, 1):
            stage = memory_of(newer_at, damaged=damaged).stage(3)
            assert (stage.count, stage.first, stage.state.boot) == (count, 10, 7), damaged
            assert numbers_of(stage) == expected, (damaged, newer_at)
            newer, older = RECORDS[newer_at], RECORDS[1 - newer_at]
            lost = memory_of(newer_at, damaged=damaged + (older + 27,)).stage(3)
            assert lost.count == 10 and lost.record_sequence == 81, damaged
            lost = memory_of(newer_at, damaged=damaged + (newer,)).stage(3)
            assert lost.count == 9 and lost.record_sequence == 80, damaged
            none = memory_of(newer_at, damaged=damaged + (newer, older)).stage(3)
            assert none.count == 0 and numbers_of(none) == [], damaged


def test_a_record_without_waiting_rows_is_valid_with_any_content():
    for newer_at in (0, 1):
        stage = memory_of(newer_at, (9, 0), (OPEN_AT + 6,)).stage(3)
        assert stage.count == 0 and stage.record_sequence == 81
        # The older record is used if the newer one is invalid.
        stage = memory_of(newer_at, (0, 10), (OPEN_AT + 6,)).stage(3)
        assert stage.count == 0 and stage.record_sequence == 80
        stage = memory_of(newer_at, (0, 10)).stage(3)
        assert stage.count == 10 and stage.record_sequence == 81


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
