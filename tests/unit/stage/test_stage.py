"""RTC memory: two copies of the state, and the rows, with cuts, flipped bits and noise."""

import random

from support.stage.rtc_memory import Memory, filled, measured
from wherry.rows.frame import RICE, ROWS
from wherry.stage.memory import COPY_B_AT, MARK_AT, RECORD_AT, ROWS_AT, SIZE

SEED = 20261120
KINDS = (ROWS, RICE)


def staged(stage):
    return [(rows.row, rows.s, rows.mask, list(rows.values)) for rows in stage.waiting()]


def places():
    """Yield the places in use, but only some of those that no test fills."""
    yield from range(0, MARK_AT, 7)
    yield from range(RECORD_AT, ROWS_AT + 112)
    yield from range(ROWS_AT + 112, COPY_B_AT, 97)
    yield from range(COPY_B_AT, SIZE, 7)


def test_random_memory_counts_as_a_power_cut():
    random.seed(SEED)
    for size in (0, 5, 100, SIZE):
        stage = Memory(bytes([random.randint(0, 255) for _ in range(size)])).stage(3)
        assert stage.state is None and stage.count == 0, size


def test_rows_do_not_survive_their_state():
    memory, _ = filled()
    memory.content[:100] = memory.content[COPY_B_AT : COPY_B_AT + 100] = bytes(100)
    stage = memory.stage(3)
    assert stage.state is None and staged(stage) == []
    stage.new_state()
    stage.save()
    assert staged(memory.stage(3)) == []
    stage.append(9, 0, 0, 1000, 0, 5, [1, 2])
    assert [row[0] for row in staged(memory.stage(3))] == [9]


def test_a_write_cut_anywhere_costs_at_most_its_own_data():
    for kind in KINDS:
        memory, stage = filled(5, kind)
        before = bytes(memory.content)
        for cut in places():
            memory = Memory(before)
            stage = memory.stage(3, kind)
            memory.torn = cut
            stage.append(5, 0, 0, 1005, 0, 5, [5, -5])
            stage.state.boot = 8
            stage.save()
            again = memory.stage(3, kind)
            assert again.state is not None and again.state.boot in (7, 8), cut
            assert staged(again)[:5] == [(i, 1000 + i, 5, [i, 0, -i]) for i in range(5)], cut


def test_each_flipped_bit_costs_a_copy_or_a_frame_and_is_noticed():
    random.seed(SEED)
    memory, stage = filled()
    stage.save()  # Now both copies hold boot 7.
    rows = [(i, 1000 + i, 5, [i, 0, -i]) for i in range(5)]
    for at in places():
        content = bytearray(memory.content)
        content[at] ^= 1 << random.randint(0, 7)
        again = Memory(content).stage(3)
        assert again.state is not None and again.state.boot == 7, at
        found = staged(again)
        assert found == rows[: len(found)], at
        assert len(found) >= 4 or at >= ROWS_AT, at
        # Damaged rows still wait to be counted as missing.
        assert again.count >= 4, at


def test_damage_in_two_frames_costs_only_these_two_even_if_one_is_open():
    memory, stage = filled(0)
    rows = [(i, 0, 0, 1000 + 60 * i, 0, 7, [i * 7 % 50, i * 5 % 40, -i]) for i in range(150)]
    for row in rows:
        assert stage.append(*row)
    # Damage the second frame, and the number of the first row in the open frame.
    for at in (700, stage.at + 2):
        memory.content[at] ^= 1
    again = memory.stage(3)
    found = measured(again)
    assert again.count == 150 and found == rows[: len(found)] and 50 < len(found) < 100
    assert again.append(150, *rows[0][1:]) and measured(again)[-1][0] == 150


def test_a_full_stage_refuses_a_row():
    for kind, least in ((ROWS, 200), (RICE, 350)):
        memory, stage = filled(0)
        stage = memory.stage(3, kind)
        count = 0
        while stage.append(count, 0, 0, 1000, 0, 7, [1, 2, 3]):
            count += 1
        assert count >= least and stage.count == count and len(staged(stage)) == count
        assert not stage.append(count, 0, 0, 1000, 0, 7, [1, 2, 3])
        assert len(staged(memory.stage(3, kind))) == count
        stage.forget_rows()
        assert stage.append(count, 0, 0, 1000, 0, 7, [1, 2, 3])
        assert [row[0] for row in staged(memory.stage(3, kind))] == [count]
    huge = [(1 << 29) - 1 for _ in range(60)]
    _, stage = Memory(), Memory().stage(60)
    stage.new_state()
    assert not stage.append(0, 0, 0, 1000, 0, (1 << 60) - 1, huge) and stage.count == 0
    assert stage.append(0, 0, 0, 1000, 0, 1, [5]) and len(staged(stage)) == 1
