"""The file of gaps, byte for byte, and a gap that is noted twice because of a cut."""

import struct

from support.queue.damage import read_file
from support.queue.folders import fresh
from wherry import small_file
from wherry.stage import gaps

BEFORE, AFTER = (1, 2, 848_000_000, 999), (3, (1 << 32) - 1, (1 << 32) - 2, 65_535)


def coded(row, before, after):
    return struct.pack("<QBIIHBIIH", row, *(before + after))


def stamp(n):
    return (n & 3, n, 1000 + n, n * 7 % 1000)


def test_a_gap_has_the_bytes_of_the_spec():
    folder = fresh()
    assert gaps.read(folder) == (0, []) and gaps.count(folder) == 0
    gaps.note(folder, (1 << 64) - 2, BEFORE, AFTER)
    content = b"\1\0\0\x80" + coded((1 << 64) - 2, BEFORE, AFTER)
    assert small_file.read(folder + "/gaps") == content and len(content) == 4 + 30
    assert gaps.read(folder) == (1, [((1 << 64) - 2, BEFORE, AFTER)])
    gaps.note(folder, (1 << 64) - 1, AFTER, BEFORE)
    content += coded((1 << 64) - 1, AFTER, BEFORE)
    assert small_file.read(folder + "/gaps") == b"\2" + content[1:]


def test_the_newest_32_are_kept():
    folder = fresh()
    noted = []
    for i in range(40):
        noted.append((5 * i, stamp(i), stamp(i + 1)))
        gaps.note(folder, *noted[-1])
        assert gaps.read(folder) == (i + 1, noted[-32:]), i
    assert len(read_file(folder + "/gaps")) == 4 + 32 * 30 + 4


def test_a_gap_that_ends_at_the_same_row_replaces_the_last():
    folder = fresh()
    gaps.note(folder, 10, stamp(1), stamp(2))
    gaps.note(folder, 20, stamp(3), stamp(4))
    gaps.note(folder, 20, stamp(5), stamp(6))
    assert gaps.read(folder) == (2, [(10, stamp(1), stamp(2)), (20, stamp(3), stamp(6))])
    # Only the last gap is replaced.
    gaps.note(folder, 10, stamp(7), stamp(8))
    assert gaps.count(folder) == 3 and gaps.read(folder)[1][2] == (10, stamp(7), stamp(8))


def test_gaps_are_counted_up_to_24_bits():
    folder = fresh()
    for before, after in ((255, 256), ((1 << 24) - 2, (1 << 24) - 1), ((1 << 24) - 1,) * 2):
        head = before.to_bytes(3, "little") + b"\x80"
        small_file.write(folder + "/gaps", head + coded(1, BEFORE, AFTER))
        assert gaps.count(folder) == before
        gaps.note(folder, 2, BEFORE, AFTER)
        assert gaps.count(folder) == after and len(gaps.read(folder)[1]) == 2


def test_the_count_of_an_unknown_format_is_read():
    folder = fresh()
    small_file.write(folder + "/gaps", b"\5\1\0\x81" + coded(7, BEFORE, AFTER))
    assert gaps.read(folder) == (261, [])
    gaps.note(folder, 9, BEFORE, AFTER)
    assert gaps.read(folder) == (262, [(9, BEFORE, AFTER)])
