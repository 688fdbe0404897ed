"""Ledgers: their bytes and counts; and small files."""

import os

from support.node.check import raises
from support.queue.by_hand import with_crc
from support.queue.damage import read_file, write_file
from support.queue.folders import fresh
from wherry import small_file
from wherry.queue.ledger import Ledger, in_file

# From docs/spec.md: (field, size).
FIELDS = (
    ("row", 8), ("channel", 1), ("delivered", 8), ("set_aside", 8), ("dropped", 8),
    ("thinned", 8), ("damaged", 8), ("before", 8), ("denied_s", 4), ("thin_row", 8),
    ("thin_end", 8), ("others", 8), ("doubted", 8), ("count_limit", 2), ("passes", 1),
)  # fmt: skip
SETTLED = ("before", "delivered", "set_aside", "dropped", "thinned", "damaged", "others")


def content_of(numbers):
    """Return the bytes of a ledger with these numbers, in the order of FIELDS."""
    return b"".join(
        [number.to_bytes(size, "little") for number, (_, size) in zip(numbers, FIELDS)]
    )


def reported(ledger):
    """Return the fields of a ledger in the order of FIELDS."""
    found = []
    for name, _ in FIELDS:
        if name[:5] == "thin_":
            found.append(ledger.thin[name == "thin_end"])
        else:
            found.append(getattr(ledger, name))
    return found


def largest():
    """Return a number for each field; each byte differs from those of neighbouring fields."""
    return [
        int.from_bytes(bytes([16 * i + j + 1 for j in range(size)]), "little")
        for i, (_, size) in enumerate(FIELDS)
    ]


def cut_down(numbers, size):
    """Return the numbers that are left of a ledger that is cut to `size` bytes."""
    found = []
    for number, (_, field_size) in zip(numbers, FIELDS):
        there = max(0, min(field_size, size))
        found.append(number & (1 << 8 * there) - 1)
        size -= field_size
    return found


def test_a_ledger_has_the_bytes_of_the_spec():
    path = fresh() + "/harbor"
    content = content_of(largest())
    assert len(content) == 96
    small_file.write(path, content)
    ledger = in_file(path)
    assert reported(ledger) == largest() and not ledger.is_new
    os.remove(path)
    ledger.save()
    assert read_file(path) == with_crc(content)


def test_a_ledger_of_another_version_is_read_up_to_the_common_fields():
    content = content_of(largest()) + bytes(range(8))
    for size in range(len(content) + 1):
        ledger = Ledger(content[:size], None)
        assert reported(ledger) == cut_down(largest(), size) and not ledger.is_new, size


def test_a_new_ledger_is_new_until_it_is_saved():
    path = fresh() + "/harbor"
    ledger = in_file(path)
    assert reported(ledger) == [0] * len(FIELDS) and ledger.is_new is True
    ledger.save()
    assert ledger.is_new is False and in_file(path).is_new is False
    assert read_file(path) == with_crc(bytes(96))


def test_a_ledger_that_the_flash_refuses_stays_new():
    ledger = in_file(fresh() + "/none/harbor")
    raises(OSError, ledger.save)
    assert ledger.is_new


def test_settled_readings_are_the_sum_of_their_counters():
    for name, _ in FIELDS:
        if name[:5] != "thin_":
            ledger = Ledger(None, None)
            setattr(ledger, name, 5)
            assert ledger.settled() == (5 if name in SETTLED else 0), name


def test_a_drop_counts_waiting_readings_and_moves_to_the_row():
    # row, channel, end, readings settled before it -> dropped, (row, channel), number of writes
    for row, channel, end, settled, dropped, after, writes in (
        (10, 2, 11, 50, 20, (11, 0), 1),
        (10, 2, 10, 50, 0, (10, 2), 0),
        (10, 2, 9, 50, 0, (10, 2), 0),
        (10, 2, 20, 31, 1, (20, 0), 1),
        (10, 2, 20, 30, 0, (20, 0), 1),
        (10, 2, 20, 25, 0, (20, 0), 1),
    ):
        saved = []
        ledger = Ledger(None, saved.append)
        ledger.row, ledger.channel, ledger.delivered, ledger.dropped = row, channel, 23, 7
        ledger.drop(end, settled)
        case = row, end, settled
        assert (ledger.row, ledger.channel) == after and ledger.dropped == 7 + dropped, case
        assert len(saved) == writes and ledger.is_new == (not writes), case
        if saved:
            assert reported(Ledger(saved[0], None)) == reported(ledger), case


def test_a_small_file_has_its_content_and_a_crc():
    path = fresh() + "/small"
    for content in (b"", b"\0", b"abc", bytes(range(256))):
        small_file.write(path, content)
        there = read_file(path)
        assert there == with_crc(content) and small_file.read(path) == content
        for size in range(len(there)):
            write_file(path, there[:size])
            assert small_file.read(path) is None, (content, size)
        for other in (there + b"\0", there[:-1] + bytes((there[-1] ^ 1,))):
            with open(path, "wb") as file:
                file.write(other)
            assert small_file.read(path) is None, content
    assert small_file.read(path + "/none") is small_file.read(path + "none") is None


def test_folders_are_made_with_their_parents():
    root, here = fresh(), os.getcwd()
    for path in (root + "/a/b", root + "/a/b", root + "/a/long/c", root + "/d"):
        small_file.make_folder(path)
        assert os.listdir(path) == []
    assert sorted(os.listdir(root)) == ["a", "d"]
    assert sorted(os.listdir(root + "/a")) == ["b", "long"]
    os.chdir(root)
    try:
        small_file.make_folder("e/f/g")
    finally:
        os.chdir(here)
    assert os.listdir(root + "/e") == ["f"] and os.listdir(root + "/e/f/g") == []
    open(root + "/file", "wb").close()
    raises(OSError, small_file.make_folder, root + "/file/inside")


def test_a_file_is_removed_if_it_exists():
    root = fresh()
    small_file.write(root + "/small", b"a")
    for _ in range(2):
        small_file.remove(root + "/small")
        assert os.listdir(root) == []
    small_file.make_folder(root + "/a/b")
    raises(OSError, small_file.remove, root + "/a")
    assert os.listdir(root) == ["a"]
