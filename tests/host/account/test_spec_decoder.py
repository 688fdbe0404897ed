"""The files written by lib/, read by a decoder based only on docs/spec.md: all must be equal."""

import random
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.account.decoded import decoded, random_channels, random_row
from support.queue.aside import add
from support.queue.folders import fresh
from support.queue.moved_twice import moved_twice
from wherry import small_file
from wherry.queue import room
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.reading import NO_MS, VALUE_MAX
from wherry.rows import segment
from wherry.rows.frame import RICE, ROWS
from wherry.stage import gaps
from wherry.stage.memory import SIZE
from wherry.stage.recovery import forget
from wherry.stage.stage import Stage
from wherry.stage.state import new_state
from wherry.time import setting
from wherry.time.clock import Clock
from wherry_host.account.spec import files as spec_files
from wherry_host.account.spec import frames as spec_frames
from wherry_host.account.spec import queue as spec_queue
from wherry_host.account.spec import rtc as spec_rtc

QUEUE_COUNT = 320
ROW_COUNT_MAX = 200
STAGE_COUNT = 40
BOUND_COUNT = 5000
SIZE_MIN, SIZE_MAX = 16 << 10, 64 << 20


def fill(choose, root):
    """Write a random queue; return its rows in the decoder's form."""
    ms, rows, s, last = choose.random() < 0.5, [], choose.randint(0, 1 << 30), {}
    channels, own_count = random_channels(choose)
    queue = random_queue(choose, root, channels, own_count, ms, None)
    for _ in range(choose.randint(1, ROW_COUNT_MAX)):
        action = choose.randint(0, 79)
        if action == 0:
            (channels, own_count), last = random_channels(choose), {}
        elif action == 1:
            queue.spill()
        if action in (0, 2):
            hint = choose.choice((None, queue.hint()))
            queue = random_queue(choose, root, channels, own_count, ms, hint)
        s = max(0, s + choose.choice((60, 60, 60, 61, -1, choose.randint(-1000, 1 << 20))))
        row = random_row(choose, channels, own_count, ms, s, last)
        number = queue.append(*row)
        rows.append((decoded(number, *row), [(c[2], c[0], c[1]) for c in channels]))
    return rows


def random_queue(choose, root, channels, own_count, ms, hint):
    kind = choose.choice((ROWS, RICE))
    return Queue(root, channels, ms, 400_000, hint, kind, own_count)


def test_the_decoder_reads_random_queues():
    """Both codings, changed channels, undated rows and ms stamps."""
    seed = random.getrandbits(30)
    print(f"{QUEUE_COUNT} queues, seed {seed}")
    choose, row_count = random.Random(seed), 0
    for case in range(QUEUE_COUNT):
        root = fresh()
        rows = fill(choose, root)
        assert spec_queue.read_queue(spec_queue.from_folder(root)) == rows, (seed, case)
        row_count += len(rows)
        shutil.rmtree(root)
    assert row_count > 10 * QUEUE_COUNT


def test_the_head_of_a_segment_has_the_count_of_readings_before_it():
    root = fresh()
    queue = Queue(root, [("t", "°C", 2), ("h", "%", 1)], False, 100_000, None, RICE)
    for i in range(9000):
        queue.append(0, 0, 1000 + 60 * i, 0, 3, [i * 7919 % 49_999, i * 104_729 % 9_973])
    before = 0
    for name in queue.segments:
        with open(queue.path(name), "rb") as file:
            first_row, readings, has_ms, channels, own_count, rows = spec_queue.read_segment(
                file.read()
            )
        assert (first_row, readings, has_ms, own_count) == (name, before, False, 0)
        assert channels == [(2, "t", "°C"), (1, "h", "%")]
        assert [row.number for row in rows] == list(range(name, name + len(rows)))
        before += 2 * len(rows)
    assert len(queue.segments) > 1


def test_the_note_has_the_rows_before_the_row_file():
    root = fresh()
    queue = Queue(root, [("t", "°C", 2), ("h", "%", 1)], False, 400_000)
    for i in range(300):
        queue.append(0, 0, 1000 + 60 * i, 0, 3, [i * 7919 % 49_999, i * 104_729 % 9_973])
        note = spec_files.read_note(Path(root, "rows/tail").read_bytes())
        rows = spec_frames.frames(Path(root, "rows/open").read_bytes())[0]
        first = spec_frames.rows_of(*rows[0])[0].number
        # The first one was written before any row was in the row file.
        assert note == (queue.segments[-1], queue.schema, first, 2 * first, 0 if first else 1)
    queue.extend([(0, 0, 50_000 + 60 * i, 0, 1, [i * 7919 % 49_999]) for i in range(100)])
    row_file = Path(root, "rows/open").read_bytes()
    first = spec_frames.rows_of(*spec_frames.frames(row_file)[0][0])[0].number if row_file else 400
    note = spec_files.read_note(Path(root, "rows/tail").read_bytes())
    assert note[2:] == (first, 300 + first, not row_file)


def test_small_files():
    choose = random.Random(4)
    root = fresh()
    for _ in range(50):
        ledger = in_file(root + "/ledger")
        fields = [choose.randrange(1 << 40) for _ in range(16)]
        fields[1] &= 255
        fields[8] &= 0xFFFFFFFF
        fields[13] &= 0xFFFF
        fields[14] &= 255
        fields[15] &= 255
        (ledger.row, ledger.channel, ledger.delivered, ledger.set_aside) = fields[:4]
        (ledger.dropped, ledger.thinned, ledger.damaged) = fields[4:7]
        ledger.before, ledger.denied_s = fields[7:9]
        ledger.thin = tuple(fields[9:11])
        ledger.others, ledger.doubted, ledger.count_limit = fields[11:14]
        ledger.passes, ledger.gzip = fields[14:]
        ledger.save()
        with open(root + "/ledger", "rb") as file:
            assert list(spec_files.read_ledger(file.read())) == fields
    clock = Clock(new_state(), root + "/anchors", {}, bytearray(2048))
    anchors = []
    for boot in range(1, 81):
        clock.begin(boot, 0)
        # A boot's time is not before that of an earlier one.
        true_ms = (boot << 34) + choose.randrange(1 << 34)
        anchors.append((boot, choose.randrange(1 << 40), true_ms))
        clock.state.synced = 0
        setting.sync(clock, *anchors[-1][1:])
        with open(root + "/anchors", "rb") as file:
            assert spec_files.read_anchors(file.read()) == anchors[-64:]
    small_file.write(root + "/crash", bytes([3]) + b"OSError: 28")
    with open(root + "/crash", "rb") as file:
        assert spec_files.read_crash(file.read()) == (3, "OSError: 28")


def test_the_bound_of_a_full_queue_agrees_with_the_node():
    seed = random.getrandbits(20)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(BOUND_COUNT):
        size_max = int(SIZE_MIN * (SIZE_MAX / SIZE_MIN) ** chance.random())
        segment_size = segment.size_full(size_max)
        assert spec_queue.segment_size_max(size_max) == segment_size, (seed, size_max)
        queue = SimpleNamespace(segment_size=segment_size, size_max=size_max)
        bound = size_max - segment_size * 7 // 4 - 512
        for size in (0, bound, bound + 1, size_max, chance.randrange(2 * size_max)):
            is_full = room.is_near_full(queue, size)
            assert spec_queue.is_full(size, size_max) == is_full, (seed, size_max, size)


def test_set_aside_files():
    choose = random.Random(5)
    folder = fresh() + "/aside"
    expected = []
    for i in range(400):
        channel = choose.choice(random_channels(choose)[0])
        ms = choose.choice((NO_MS, choose.randint(0, 999)))
        value = choose.randint(-VALUE_MAX, VALUE_MAX)
        s, status = choose.randrange(1 << 30), choose.choice((0, 400, 422))
        reason = choose.choice(("", "no such ship", "wrong unit °"))
        uplink = choose.choice(("", "harbor", "harbor-2"))
        add(folder, i, i % 32, channel, value, s, ms, status, reason, uplink)
        ms = None if ms == NO_MS else ms
        expected.append((i, i % 32, channel[2], value, s, ms, status, channel[0], reason, uplink))
    found = []
    for path in sorted(Path(folder).iterdir()):
        found += spec_files.read_aside(path.read_bytes())
    assert found == expected[-len(found) :] and len(found) > 100


def random_state(choose, state):
    for name, kind in spec_rtc.FIELDS:
        if kind[:-1]:
            value = choose.randbytes(int(kind[:-1]))
        elif kind.isupper():
            value = choose.randrange(1 << {"B": 8, "I": 32, "Q": 40}[kind])
        else:
            bits = {"i": 31, "q": 63}[kind]
            value = choose.randrange(-1 << bits, 1 << bits)
        setattr(state, name, value)


@pytest.mark.parametrize("save_count", [1, 2])
def test_rtc_memory(save_count):
    choose = random.Random(save_count)
    for case in range(STAGE_COUNT):
        memory = bytearray(choose.randbytes(SIZE))
        assert spec_rtc.read_rtc(memory)[0] is None
        channels, own_count = random_channels(choose)
        counts = len(channels), own_count
        kind = choose.choice((ROWS, RICE))
        stage = Stage(memory, lambda: None, len(channels), kind, own_count)
        state, rows, last = stage.new_state(), [], {}
        for _ in range(save_count):
            random_state(choose, state)
            stage.save()
        for i in range(choose.randint(0, 300)):
            row = random_row(choose, channels, own_count, case % 2 == 0, 1000 + i, last)
            if not stage.append(i, *row):
                break
            rows.append(decoded(i, *row))
            if choose.randrange(100) == 0:
                drained = choose.randint(1, len(rows))
                forget(stage, rows[drained - 1][0] + 1)
                rows = rows[drained:]
        assert spec_rtc.read_rtc(memory, counts) == (vars(state), rows), case
        older = bytearray(memory)
        older[(332, 360)[stage.record_sequence & 1]] ^= 1
        again = Stage(older, lambda: None, *counts[:1], kind, own_count)
        assert spec_rtc.read_rtc(older, counts)[1] == staged(again)


def staged(stage):
    found = []
    for rows in stage.waiting():
        values = [rows.values[i] for i in range(len(rows.values)) if rows.mask >> i & 1]
        found.append(decoded(rows.row, rows.flags, rows.boot, rows.s, rows.ms, rows.mask, values))
    return found


def test_rows_moved_twice_after_a_cut_count_once():
    queue, rows, copies = moved_twice()
    files = spec_queue.from_folder(queue.root)
    segments = [spec_queue.read_segment(each) for each in spec_queue.segments(files).values()]
    in_segments = [row.number for *_, found in segments for row in found]
    assert len(in_segments) == len(set(in_segments)) + copies
    assert [row.number for row, _ in spec_queue.read_queue(files)] == [row for row, _ in rows]


def test_gaps(tmp_path):
    choose, expected = random.Random(1), []
    for i in range(50):
        stamps = [tuple(choose.randrange(1 << bits) for bits in (2, 32, 32, 10)) for _ in range(2)]
        gaps.note(str(tmp_path), 3 * i, *stamps)
        expected.append((3 * i, *stamps))
    found = spec_files.read_gaps((tmp_path / "gaps").read_bytes())
    assert found == (50, expected[-32:])
