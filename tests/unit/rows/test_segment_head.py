"""The head of a segment as in docs/spec.md: each field, and each kind of error."""

from binascii import crc32

from support.node.check import raises
from support.queue.by_hand import frame as framed
from support.queue.by_hand import text, varint
from support.queue.damage import write_file
from support.queue.folders import fresh
from wherry.rows import segment
from wherry.rows.frame import FrameError
from wherry.rows.walker import Walker

CHANNELS = [("temperature", "°C", 2), ("x" * 120, "", 0), ("node_row", "", 6)]


def channel(index, name, unit, decimals):
    return framed(0xA5, bytes((index, decimals)) + text(name) + text(unit))


def opening(form, row, readings, flags, *rest):
    return framed(0xA4, b"".join([varint(n) for n in (form, row, readings, flags) + rest]))


def named(channels):
    return b"".join([channel(i, *each) for i, each in enumerate(channels)])


def head_of(content, known=None):
    path = fresh() + "/segment"
    write_file(path, content)
    walker = Walker()
    return segment.Head(walker, path, known), walker


def fields(head):
    return head.row, head.readings, head.ms, head.row_step, head.own_count


ROWS = framed(0xB1, b"rows")


def test_each_field_of_a_head_is_read():
    row, readings = (1 << 40) + 3, 3 << 38
    for first, expected in (
        (opening(2, row, readings, 0, 3, 1), (row, readings, False, 1, 1)),
        (opening(2, row, readings, 1, 3, 0), (row, readings, True, 1, 0)),
        (opening(2, 0, 0, 2, 8, 3, 2), (0, 0, False, 8, 2)),
        (opening(2, 7, 9, 3, 2, 3, 3), (7, 9, True, 2, 3)),
    ):
        content = first + named(CHANNELS) + ROWS
        head, walker = head_of(content)
        assert fields(head) == expected and head.channels == CHANNELS
        assert head.schema == segment.schema_crc(CHANNELS, head.ms)
        # The walker is at the last channel's frame, and the next frame has rows.
        assert walker.next() and walker.buffer[walker.at] == 0xB1 and not walker.damaged
        known, walker = head_of(content, head.schema)
        assert fields(known) == expected and known.channels == []
        assert known.schema == head.schema
        assert walker.next() and walker.offset == len(content) - len(ROWS)
        other, _ = head_of(content, head.schema ^ 1)
        assert other.channels == CHANNELS and other.schema == head.schema


def test_a_head_without_channels_is_valid():
    head, walker = head_of(opening(2, 7, 9, 0, 0, 0) + ROWS)
    assert (head.channels, head.schema) == ([], segment.schema_crc((), False))
    assert walker.next() and walker.buffer[walker.at] == 0xB1


def test_a_schema_depends_on_each_part_of_each_channel():
    found = [
        segment.schema_crc(channels, ms)
        for ms in (False, True)
        for channels in (
            (), CHANNELS, CHANNELS[:2], CHANNELS[::-1], [("temperature", "°C", 3)] + CHANNELS[1:],
            [("temperature", "C", 2)] + CHANNELS[1:], [("temperaturf", "°C", 2)] + CHANNELS[1:],
        )
    ]  # fmt: skip
    assert len(set(found)) == 14
    assert found[0] == 2 and found[7] == 3
    assert segment.schema_crc([("a", "b", 1)], True) == crc32(b"('a', 'b', 1)", 3)


def test_invalid_heads_are_refused_with_the_reason():
    first = opening(2, 7, 9, 0, 3, 1)
    whole = named(CHANNELS)
    for content, reason in (
        (b"", "does not begin"), (ROWS + first + whole, "does not begin"),
        (first[:-1], "does not begin"), (whole, "does not begin"),
        (opening(3, 7, 9, 0, 3, 1) + whole, "segment format 3 is unknown, not 2"),
        (opening(1, 7, 9, 0, 3, 1) + whole, "segment format 1 is unknown, not 2"),
        (first, "channel 0 is not named"), (first + named(CHANNELS[:2]), "channel 2 is not named"),
        (first + ROWS + whole, "channel 0 is not named"),
        (first + channel(1, *CHANNELS[0]) + whole, "channel 0 is not named"),
        (first + named(CHANNELS[:2]) + channel(3, *CHANNELS[2]), "channel 2 is not named"),
        (first + named(CHANNELS[:2]) + ROWS, "channel 2 is not named"),
    ):  # fmt: skip
        error = raises(FrameError, head_of, content)
        assert reason in str(error), (content, error)
    assert "/segment" in str(raises(FrameError, head_of, first))


def test_a_segment_is_full_when_its_blocks_are():
    for size_max in range(8 * 4096, 8 * 33 * 4096, 8 * 4096):
        blocks = size_max // 8 // 4096
        # In littlefs, block n begins with a pointer, plus one for each trailing zero bit of n.
        pointers = 0
        for n in range(1, blocks):
            pointers += 1
            while not n & 1:
                pointers, n = pointers + 1, n >> 1
        size = min(130_844, 4096 * blocks - 4 * pointers)
        for more in (0, 1, 8 * 4096 - 1):
            assert segment.size_full(size_max + more) in (size, 130_844), (size_max, more)
        assert segment.size_full(size_max) == size
    for size_max, size in ((0, 0), (7, 0), (8, 1), (8 * 4095 + 7, 4095)):
        assert segment.size_full(size_max) == size
    assert (segment.COUNT_MIN, segment.SIZE_FULL, segment.FORMAT) == (8, 130_844, 2)
