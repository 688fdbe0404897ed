"""Ledgers: their bytes and counts; and small files."""

import os

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
    ("gzip", 1),
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
    assert len(content) == 97
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


def test_settled_readings_are_the_sum_of_their_counters():
    for name, _ in FIELDS:
        if name[:5] != "thin_":
            ledger = Ledger(None, None)
            setattr(ledger, name, 5)
            assert ledger.settled() == (5 if name in SETTLED else 0), name


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
