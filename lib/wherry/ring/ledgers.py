"""Ledgers in a ring: frames among the rows; the newest one of each uplink counts.

    varint (index << 1 | named) · [text label, if named] · u8 size · packed content

The first frame of a label in a page names it. Most bytes of a ledger are zero, so each eight bytes
are packed as a mask of the nonzero ones, followed by these. Bytes missing at the end are zero,
too.
"""

from wherry.queue.ledger import Ledger
from wherry.ring.pages import HEAD_SIZE, PageWalker
from wherry.rows.frame import LEDGER, SIZE_MAX, Cursor, FrameError, close_frame
from wherry.rows.varint import put_text, put_varint, read_text

_WINDOW_SIZE = 512


class RingLedger(Ledger):
    """An uplink's ledger, read on first use because most wakes do not need it."""

    def __init__(self, ring, label: str):
        self._ring = ring
        self._label = label
        self._loaded = False

    def __getattr__(self, name):
        if name[0] == "_" or self._loaded:
            raise AttributeError(name)
        self.load()
        return getattr(self, name)

    def load(self) -> None:
        """Read the ledger, if it has not been read yet."""
        if self._loaded:
            return
        self._loaded = True
        ring, label = self._ring, self._label
        if ring.ledgers is None:
            load(ring)
        super().__init__(ring.ledgers.get(label), lambda content: ring.keep(label, content))


def load(ring) -> None:
    """Read the ledgers in the tail page: each page begins with those of all labels."""
    ring.ledgers, ring.labels = {}, {}
    walker = PageWalker(ring.device, _WINDOW_SIZE)
    walker.open(ring.page, HEAD_SIZE)
    while walker.next(ring.offset):
        if walker.buffer[walker.at] == LEDGER:
            note(ring, walker)


def note(ring, walker) -> None:
    """Store the ledger from the frame that a walker found."""
    cursor = Cursor(walker.buffer)
    cursor.open(walker.at)
    try:
        index = cursor.varint()
        if index & 1:
            ring.labels[read_text(cursor)] = index >> 1
        content = _unpack(cursor)
        for label, known in ring.labels.items():
            if known == index >> 1:
                ring.ledgers[label] = content
    except FrameError:
        ring.damaged += 1


def frame(ring, label: str, content: bytes):
    """Return a label's index and its ledger's frame, which names it if the page does not yet."""
    buffer = bytearray(SIZE_MAX)
    index = ring.labels.get(label)
    if index is None:
        index = max(ring.labels.values(), default=-1) + 1
        at = put_text(buffer, put_varint(buffer, 2, index << 1 | 1), label)
    else:
        at = put_varint(buffer, 2, index << 1)
    at = _pack(buffer, at, content)
    return index, memoryview(buffer)[: close_frame(buffer, LEDGER, at)]


def _pack(buffer, at, content):
    buffer[at] = len(content)
    at += 1
    content = content.rstrip(b"\0")
    for i in range(0, len(content), 8):
        mask_at = at
        at += 1
        for j, byte in enumerate(content[i : i + 8]):
            if byte:
                buffer[mask_at] |= 1 << j
                buffer[at] = byte
                at += 1
    return at


def _unpack(cursor):
    content = bytearray(_byte(cursor))
    mask = 0
    for i in range(len(content)):
        if not i & 7:
            if cursor.at == cursor.end:
                break
            mask = _byte(cursor)
        if mask >> (i & 7) & 1:
            content[i] = _byte(cursor)
    return bytes(content)


def _byte(cursor):
    if cursor.at >= cursor.end:
        raise FrameError("a ledger runs past its frame")
    cursor.at += 1
    return cursor.buffer[cursor.at - 1]
