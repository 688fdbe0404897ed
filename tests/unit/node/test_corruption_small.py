"""Damage to ledgers, anchors, set-aside files and RTC memory: only the damaged part is lost."""

import random

from support.queue.aside import add
from support.queue.damage import damages, framed_noise, frames, read_file, write_file
from support.queue.folders import fresh
from wherry.queue.ledger import in_file
from wherry.reading import NO_MS
from wherry.rows.frame import MS, FrameError
from wherry.sending.refusal.aside_files import Aside
from wherry.stage.memory import SIZE
from wherry.stage.stage import Stage
from wherry.stage.state import new_state
from wherry.time import anchors, setting
from wherry.time.clock import Clock

SEED = random.getrandbits(30)
FRAMED_COUNT = 100


def test_a_damaged_ledger_is_a_new_one():
    random.seed(SEED)
    path = fresh() + "/ledger"
    ledger = in_file(path)
    ledger.row, ledger.channel, ledger.delivered, ledger.dropped = 70_000, 3, 200_123, 17
    ledger.save()
    good = read_file(path)
    for case, content in damages(good):
        write_file(path, content)
        again = in_file(path)
        found = (again.row, again.channel, again.delivered, again.dropped, again.settled())
        assert found == (0, 0, 0, 0, 0), case
        again.save()


def test_damaged_anchors_are_ignored_and_a_new_one_is_kept():
    random.seed(SEED)
    path = fresh() + "/anchors"
    for boot in (1, 2, 3):
        clock = Clock(new_state(), path, anchors.load(path), bytearray(2048))
        clock.begin(boot, 0)
        setting.sync(clock, 60_000, 848_000_000_000 + boot)
    known = clock.anchors
    assert len(known) == 3
    for case, content in damages(read_file(path)):
        write_file(path, content)
        assert anchors.load(path) == {}, case
        clock = Clock(new_state(), path, {}, bytearray(2048))
        clock.begin(4, 0)
        setting.sync(clock, 1, 848_000_000_000)
        assert list(anchors.load(path)) == [4], case


def test_damage_to_set_aside_files_costs_its_frame_only():
    random.seed(SEED)
    folder = fresh() + "/aside"
    aside = Aside(folder)
    for i in range(5):
        ms = NO_MS if i % 2 else 7
        channel, stamp = ("channel%d" % i, "", 2), (1000 + i, ms)
        add(folder, i, i, channel, -i, *stamp, 400, "reason %d" % i)
    path = folder + "/00000000"
    good, kept = read_file(path), list(aside.readings())
    ends = [end for _, end, _, _ in frames(good)]
    count = 0
    for case, content in damages(good):
        write_file(path, content)
        found = list(aside.readings())
        assert [reading for reading in found if reading not in kept] == [], case
        for reading, start, end in zip(kept, [0] + ends, ends):
            assert reading in found or content[start:end] != good[start:end], case
        if count % 5 == 0:
            add(folder, 9, 0, ("t", "", 0), 1, 2, 3, 400, "new")
            assert list(aside.readings())[-1][0] == 9, case
        count += 1
    for _ in range(FRAMED_COUNT):
        write_file(path, good + framed_noise())
        assert list(aside.readings())[:5] == kept
    print("%d cases, seed %d" % (count, SEED))


def test_damaged_rtc_memory_returns_one_of_its_states_and_a_prefix_of_its_rows():
    random.seed(SEED)
    memory = bytearray(SIZE)
    stage = Stage(memory, no_flush, 3)
    states = []
    for boot in (7, 8):
        state = stage.new_state()
        state.boot, state.ref_ms, state.lease = boot, 848_000_000_123, bytes(range(16))
        stage.save()
        states.append(vars_of(state))
    for i in range(9):
        stage.append(i, MS, 0, 1000 + i, i, 7, [i, -i, 100 * i])
    rows = [(row.row, row.s, row.ms, list(row.values)) for row in stage.waiting()]
    used = stage.at + stage.writer.close()
    good = bytes(memory)
    count = 0
    for case, content in damages(good[:used]):
        again = Stage(bytearray((content + good[len(content) :])[:SIZE]), no_flush, 3)
        assert again.state is None or vars_of(again.state) in states, case
        found = []
        try:
            for row in again.waiting():
                found.append((row.row, row.s, row.ms, list(row.values)))
        except FrameError:
            assert case[0] == "noise", case
        if case[0] != "noise":
            assert again.state and found == rows[: len(found)], case
        again.new_state()
        again.forget_rows()
        assert again.append(1, 0, 0, 1000, 0, 1, [5]), case
        assert [row.s for row in again.waiting()] == [1000], case
        count += 1
    print("%d cases, seed %d" % (count, SEED))


def no_flush():
    pass


def vars_of(state):
    names = [name for name in dir(state) if name[0] != "_"]
    return [(name, getattr(state, name)) for name in sorted(names)]
