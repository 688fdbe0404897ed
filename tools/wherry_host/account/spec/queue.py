"""The queue in files: segments, thinned segments, and the row file.

`files` are the contents of a node's /data, {name: bytes}.
"""

import re
import struct
from functools import lru_cache
from pathlib import Path

from wherry_host.account.spec.files import read_ledger, small_file
from wherry_host.account.spec.frames import (
    CHANNEL,
    MILLISECONDS,
    ROW_KINDS,
    SEGMENT,
    THINNING,
    frames,
    rows_of,
)
from wherry_host.account.spec.octets import Bytes

FORMAT, THINNED = 2, 2
NEW_SEGMENT = "segments/thinned"
# The place of (thin row, thin end) in a ledger.
THIN_AT = 9
BLOCK_SIZE, SEGMENT_SIZE_MAX, SEGMENT_COUNT_MIN = 4096, 130_844, 8
_SEGMENT = re.compile(r"(?:segments/[0-9a-f]{10}|rows)/([0-9a-f]{10})")


@lru_cache(64)
def read_segment(content):
    """Return (first row, readings before it, has ms, channels, number of own channels, rows).

    A channel is (decimals, name, unit). Return None if the content is not a segment.
    """
    found = frames(content)[0]
    if not found or found[0][0] != SEGMENT:
        return None
    head = Bytes(found[0][1])
    if head.varint() != FORMAT:
        return None
    first_row, readings_before, flags = (head.varint() for _ in range(3))
    row_step = head.varint() if flags & THINNED else 1
    count = head.varint()
    own_count = head.varint()
    sources = [Bytes(payload) for kind, payload in found[1 : 1 + count] if kind == CHANNEL]
    if [source.byte() for source in sources] != list(range(count)):
        return None
    channels = [(source.byte(), source.text(), source.text()) for source in sources]
    rows = [
        row
        for frame in found
        if frame[0] in ROW_KINDS
        for row in rows_of(*frame, row_step, (count, own_count))
    ]
    return first_row, readings_before, bool(flags & MILLISECONDS), channels, own_count, rows


def read_thinning(content):
    """Return (whole, row, kept, gone, at) of a thinned segment, or None for other segments."""
    found = frames(content)[0]
    if not found or found[-1][0] != THINNING:
        return None
    return struct.unpack("<BQQQI", found[-1][1])


def from_folder(folder):
    """Return the files of a copy of /data."""
    root = Path(folder)
    paths = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def segment_names(files):
    """Return {first row: name} of all segments, in order."""
    found = {}
    for name, content in files.items():
        number = _SEGMENT.fullmatch(name)
        if number and content:
            found[int(number[1], 16)] = name
    return dict(sorted(found.items()))


def segments(files):
    """Return {first row: content} of the segments.

    A complete thinned segment has already replaced the old segments, unless no ledger counts it
    yet.
    """
    contents = {row: files[name] for row, name in segment_names(files).items()}
    new = files.get(NEW_SEGMENT, b"")
    whole, end, *_ = read_thinning(new) or (0, 0)
    first_row = read_segment(new)[0] if whole else None
    if first_row not in contents:
        return contents
    older = [row for row in contents if first_row <= row < end]
    if len(older) > 1 and not is_counted(files, first_row, end):
        return contents
    contents = {row: old for row, old in contents.items() if row not in older[1:]}
    return contents | {first_row: new}


def is_counted(files, first_row, end):
    """Return True if a ledger counts the thinning of the rows from `first_row` to `end`.

    A ledger whose cursor is among these rows does not show the thinning, but is assumed to count
    it.
    """
    ledgers = [
        read_ledger(content)
        for name, content in files.items()
        if name.startswith("cursors/") and small_file(content)
    ]
    waiting = [ledger for ledger in ledgers if ledger[0] < end]
    before = [ledger for ledger in waiting if ledger[:2] <= (first_row, 0)]
    return len(before) < len(waiting) or any(
        ledger[THIN_AT : THIN_AT + 2] == (first_row, end) for ledger in before
    )


def segment_size_max(size_max):
    """Return the size of a full segment in bytes, in a queue of at most `size_max` bytes."""
    size = size_max // SEGMENT_COUNT_MIN
    if size >= SEGMENT_SIZE_MAX:
        return SEGMENT_SIZE_MAX
    if size < BLOCK_SIZE:
        return size
    more = size // BLOCK_SIZE - 1
    return BLOCK_SIZE * (more + 1) - 4 * (2 * more - more.bit_count())


def queue_size(files):
    """Return the size of all segments in bytes, including the segment that is being thinned."""
    names = [*segment_names(files).values(), NEW_SEGMENT]
    return sum(len(files.get(name, b"")) for name in names)


def is_full(size, size_max):
    """Return True if waiting rows may leave a queue of `size` bytes whose limit is `size_max`."""
    return size + segment_size_max(size_max) * 7 // 4 + 512 > size_max


def read_queue(files):
    """Return all rows as (row, channels), each number once; the row file's rows are last.

    If the heads of all segments are damaged, the row file's channels are unknown: it is left out.
    """
    rows, channels, own_count, last = [], [], 0, -1
    for content in segments(files).values():
        segment = read_segment(content)
        if segment is None:
            continue
        *_, channels, own_count, found = segment
        new = list(_rising(found, last))
        rows += [(row, channels) for row in new]
        last = new[-1].number if new else last
    for kind, payload in frames(files.get("rows/open", b""))[0] if channels else ():
        found = rows_of(kind, payload, 1, (len(channels), own_count))
        rows += [(row, channels) for row in found if row.number > last]
    return rows


def _rising(rows, last):
    """Yield the rows whose numbers are above all previous ones; other rows are copies."""
    for row in rows:
        if row.number > last:
            last = row.number
            yield row


def thinned_rows(files):
    """Return (first row, end) of each thinned segment; the newest one's end is unknown."""
    found = list(segments(files).items())
    ends = [row for row, _ in found[1:]] + [None]
    pairs = zip(found, ends, strict=False)
    return [(row, end) for (row, content), end in pairs if read_thinning(content)]
