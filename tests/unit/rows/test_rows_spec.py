"""Frames of rows, compared bit by bit with a slow encoder that is written from docs/spec.md."""

import random

from support.queue.rows_by_spec import Frame, frame_of
from support.rows.written import KINDS, read, write
from wherry.rows.frame import (
    MS,
    RICE,
    ROWS,
    SIZE_MAX,
    UNDATED,
)
from wherry.rows.rice import first_states

SEED = 20261123
# The powers of two and their neighbours, with both signs: at these values codes get longer.
EDGES = [0] + [
    sign * ((1 << n) + more) for n in range(30) for more in (-1, 0, 1) for sign in (1, -1)
]
FULL = (1 << 30) - 1


def edge_rows(count, channel_count, flags, step_bits):
    """Return rows with values and steps near powers of two; steps have up to `step_bits` bits."""
    boot = 0 if not flags & UNDATED else random.choice((1, 127, 128, (1 << 32) - 1))
    time = 800_000_000_000 if flags & MS else 800_000_000
    step = 60
    rows, mask, values = [], 1, [0] * channel_count
    for i in range(count):
        if not random.randrange(4):
            mask = random.randrange(1, 1 << channel_count)
        if not random.randrange(3):
            step += random.choice(EDGES[: 1 + 6 * step_bits])
            step = max(-time // 2, min(time, step))
        some = random.randrange(2, len(EDGES))
        values = [max(-FULL, min(FULL, v + random.choice(EDGES[:some]))) for v in values]
        measured = [v for j, v in enumerate(values) if mask >> j & 1]
        s, ms = (time // 1000, time % 1000) if flags & MS else (time, 0)
        rows.append((1000 + i, flags, boot, s, ms, mask, measured))
        time += step
    return rows


def frames_by_spec(kind, rows, channel_count, size_max):
    """Return the frames of rows, each with as many rows as fit."""
    frames = []
    frame = None
    for row in rows:
        before = frame and frame.whole()
        if frame:
            frame.add(row)
        if not frame or len(frame.whole()) > size_max:
            if frame:
                frames.append(before)
            frame = Frame(kind, row, channel_count)
    return frames + [frame.whole()]


def check_bytes(kind, case_count):
    for case in range(case_count):
        random.seed(SEED + case)
        channel_count = random.choice((1, 2, 3, 9))
        flags = case & 3
        rows = edge_rows(random.randrange(10, 40), channel_count, flags, random.randrange(28))
        size_max = random.randrange(90, SIZE_MAX + 1)
        expected = frames_by_spec(kind, rows, channel_count, size_max)
        frames = write(kind, rows, channel_count, size_max)
        assert frames == expected, (kind, case)
        found = []
        for frame in expected:
            found += read(frame, channel_count)
        assert found == rows, (kind, case)


def test_plain_frames_have_the_bytes_of_the_spec_and_as_many_rows_as_fit():
    check_bytes(ROWS, 12)


def test_rice_frames_have_the_bytes_of_the_spec_and_as_many_rows_as_fit():
    check_bytes(RICE, 8)


def test_differences_around_the_limit_of_a_sum_are_coded_as_in_the_spec():
    for first in ((1 << 19) - 1, 1 << 19, (1 << 19) + 1, -(1 << 19), -(1 << 19) - 1, 1 << 29):
        # The code of the next row depends on the new sum.
        for then in (0, 1, 3000, 40_000, 600_000, -600_000):
            rows = [
                (1 + i, 0, 0, 1000 + 60 * i, 0, 1, [v])
                for i, v in enumerate((0, 0, first, first + then, first))
            ]
            frame = frame_of(RICE, rows, 1).whole()
            assert write(RICE, rows, 1) == [frame] and read(frame, 1) == rows, (first, then)


def test_a_step_in_time_of_32_bits_is_coded_and_a_larger_one_opens_a_frame():
    for flags, most in ((0, 1 << 31), (MS, 1 << 31)):
        for change, fits in ((most - 1, True), (-most, True), (most, False), (-most - 1, False)):
            # This is the first step, so the previous step is 0.
            time = (1 << 33) + change
            begin, end = ((1 << 33), 0), (time, 0)
            if flags:
                begin, end = divmod(1 << 33, 1000), divmod(time, 1000)
            rows = [(1, flags, 0) + begin + (1, [5]), (2, flags, 0) + end + (1, [6])]
            frames = write(RICE, rows, 1)
            assert len(frames) == (1 if fits else 2), (flags, change)
            assert frames[0] == frame_of(RICE, rows if fits else rows[:1], 1).whole()
            assert len(write(ROWS, rows, 1)) == 1
            found = []
            for frame in frames:
                found += read(frame, 1)
            assert found == rows


def rows_of_masks(masks, channel_count, every_s):
    """Return rows of these masks; each step in time is `every_s` longer than the previous one."""
    rows = []
    for i, mask in enumerate(masks):
        values = [9 * i + j for j in range(channel_count) if mask >> j & 1]
        rows.append((50 + i, 0, 0, 1000 + every_s * i * (i + 1) // 2, 0, mask, values))
    return rows


def test_masks_of_64_channels_have_the_bytes_of_the_spec():
    masks = [1 << n for n in (0, 31, 32, 33, 62, 63)] + [0xFFFF << 48, 1 << 63 | 1, 1 << 31 | 7]
    for kind in KINDS:
        for every_s in (0, 1, 5, -7, 1000):
            rows = rows_of_masks(masks, 64, every_s)
            assert write(kind, rows, 64) == frames_by_spec(kind, rows, 64, SIZE_MAX)
            found = []
            for frame in write(kind, rows, 64):
                found += read(frame, 64)
            assert found == rows, (kind, every_s)


def test_rows_of_the_nodes_own_channels_have_the_bytes_of_the_spec():
    masks = (0b0011, 1 << 3, 3 << 3, 1 << 18, 0xFFFF << 3, 0b100, 0b111)
    rows = []
    for i, mask in enumerate(masks):
        values = [7 * i + j for j in range(19) if mask >> j & 1]
        rows.append((1 + i, 0, 0, 1000 + 60 * i, 0, mask, values))
    for kind in KINDS:
        frame = frame_of(kind, rows, 19, 16).whole()
        assert write(kind, rows, 19, SIZE_MAX, 16) == [frame]
        assert read(frame, 19, 16) == rows


def test_a_row_without_channels_keeps_its_number_and_stamp():
    rows = [(1, 0, 0, 1000, 0, 1, [5]), (2, 0, 0, 1060, 0, 0, []), (3, 0, 0, 1120, 0, 0, [])]
    for frame in write(ROWS, rows, 2) + [frame_of(ROWS, rows, 2).whole()]:
        assert read(frame, 2) == rows, frame
    # In a Rice frame, the mask must have changed, because a single bit 1 is not a row.
    rows = [rows[0], rows[1], (3, 0, 0, 1120, 0, 3, [7, 8])]
    frame = frame_of(RICE, rows, 2).whole()
    assert write(RICE, rows, 2) == [frame] and read(frame, 2) == rows
    # Each channel and the time have a state, which begins with the sum 8 and the count 1.
    assert first_states(2) == [8 << 5 | 1] * 3
