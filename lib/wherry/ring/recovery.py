"""Recovers a ring at boot: finds the tail page from the heads, then walks it. Writes nothing.

The heads are searched by bisection, because sequences rise to the tail. If the heads are
inconsistent, all are read once, and the damaged ones are counted.
"""

from micropython import const

from wherry.ring import ledgers
from wherry.ring.continuation import ChainReader, continues
from wherry.ring.pages import HEAD_SIZE, PAGE_SIZE, PageWalker, after_torn, read_head
from wherry.rows.form import is_rows
from wherry.rows.frame import LEDGER, ROWS, FrameError
from wherry.rows.mask import count_bits
from wherry.rows.reader import ANY_COUNT, ANY_OWN_COUNT

_WINDOW_SIZE = const(1024)
_PAGE_COUNT_MIN = const(3)
# Row numbers skipped after a damaged page, which may have used them: no number is ever used twice.
# A row in a Rice frame may need only two bits.
_ROWS_LOST_MAX = const(16384)


def recover(ring, hint) -> None:
    """Set up a ring from its device; `hint` is as in Ring, but newer rows may exist."""
    if ring.page_count < _PAGE_COUNT_MIN:
        raise ValueError("the partition has %d pages; a ring needs 3" % ring.page_count)
    heads = Heads(ring.device, ring.page_count)
    tail = heads.tail()
    if tail is None:
        tail = heads.last_of_all()
        ring.damaged = heads.damaged
    ring.page = ring.page_count - 1 if tail is None else tail
    ring.ledgers, ring.labels = {}, {}
    ring.sequence = -1
    if tail is not None:
        ring.sequence, ring.next_row, ring.readings, schema = heads.read(tail)
        _walk(ring, schema)
    if heads.read((ring.page + 1) % ring.page_count) == ():
        _look_for_rows(ring)
    lost = hint and hint[0] > ring.next_row
    if hint:
        # Rows lost in damaged flash stay counted.
        ring.next_row = max(ring.next_row, hint[0])
        ring.readings = max(ring.readings, hint[1])
    for content in ring.ledgers.values():
        # A ledger begins with the row of its cursor.
        row = int.from_bytes(content[:8], "little")
        lost = lost or row > ring.next_row
        ring.next_row = max(ring.next_row, row)
    if lost:
        ring.damaged += 1
        ring.end_chain()


class Heads:
    """The heads of all pages, each read once; last_of_all counts the `damaged` ones."""

    def __init__(self, device, count: int):
        self._device = device
        self._count = count
        self._found = {}
        self.damaged = 0

    def read(self, page: int):
        """Return the head of a page, as read_head does."""
        if page not in self._found:
            self._found[page] = read_head(self._device, page)
        return self._found[page]

    def tail(self):
        """Return the tail page by bisection, or None if the heads are inconsistent."""
        # The page after the tail may have no head.
        base = 0 if self.read(0) else 1
        first = self.read(base)
        if not first:
            return None
        low, high = base, self._count
        while high - low > 1:
            middle = (low + high) // 2
            found = self.read(middle)
            if found and found[0] == first[0] + middle - base:
                low = middle
            else:
                high = middle
        fits = self._fits(low, 1) and self._fits(low, 2) and (not base or high == self._count)
        return low if fits else None

    def _fits(self, tail, distance):
        """Return True if a page after the tail is one round older, or was never used."""
        expected = self.read(tail)[0] - self._count + distance
        found = self.read((tail + distance) % self._count)
        if distance == 1 and not found:
            return True
        return found is None if expected < 0 else bool(found) and found[0] == expected

    def last_of_all(self):
        """Return the page with the highest sequence, or None without one."""
        found = [(self.read(page) or (-1,))[0] for page in range(self._count)]
        last = max(found)
        tail = self._count - 1 if last < 0 else found.index(last)
        # The page after the tail may be torn, which is not damage.
        for distance in range(self._count - 1):
            was_used = last >= distance
            head = self.read((tail - distance) % self._count)
            self.damaged += head == () or (head is None and was_used)
        return None if last < 0 else tail


def _walk(ring, schema):
    """Read the tail page: its rows, its ledgers, and the offset of the next frame."""
    own = schema == ring.schema
    walker = PageWalker(ring.device, _WINDOW_SIZE)
    form = (len(ring.channels), ring.own_count) if own else (ANY_COUNT, ANY_OWN_COUNT)
    rows = ChainReader(walker.buffer, *form)
    walker.open(ring.page, HEAD_SIZE)
    end = HEAD_SIZE
    chained = lost = False
    while walker.next(PAGE_SIZE):
        end = walker.offset + walker.size
        chained = chained and not walker.gap
        kind = walker.buffer[walker.at]
        if kind == LEDGER:
            ledgers.note(ring, walker)
        elif is_rows(kind) or continues(kind):
            chained = (chained or is_rows(kind)) and _count(ring, rows, walker.at)
            lost = not chained
            ring.damaged += lost
    if lost:
        ring.next_row += _ROWS_LOST_MAX
    # No frame is written over torn bytes, and no row after rows of other channels.
    torn = walker.torn
    ring.offset = after_torn(end) if torn else end
    if torn >= ring.offset:
        ring.offset = PAGE_SIZE
    ring.closed = not own
    if chained and own and rows.kind == ROWS and not torn:
        _go_on(ring.writer, rows)


def _count(ring, rows, at):
    """Count the rows of a frame; return True if all of it is readable."""
    try:
        rows.open(at)
        ring.damaged += rows.row > ring.next_row
        while rows.next():
            ring.readings += count_bits(rows.mask)
            ring.next_row = rows.row + 1
        return True
    except FrameError:
        return False


def _go_on(writer, rows):
    """Let a writer continue the chain at a reader's current row, the newest one."""
    writer.row, writer.count = rows.row, 1
    writer.flags, writer.boot, writer.s, writer.ms = rows.flags, rows.boot, rows.s, rows.ms
    writer.step, writer.mask, writer.last[:] = rows.step, rows.mask, rows.values


def _look_for_rows(ring):
    """Check whether the page after the tail, whose head is damaged, was the true tail.

    A page whose erase was interrupted holds older rows only.
    """
    walker = PageWalker(ring.device, _WINDOW_SIZE)
    rows = ChainReader(walker.buffer, ANY_COUNT, ANY_OWN_COUNT)
    walker.open((ring.page + 1) % ring.page_count, HEAD_SIZE)
    end = ring.next_row
    while walker.next(PAGE_SIZE):
        kind = walker.buffer[walker.at]
        if is_rows(kind):
            try:
                rows.open(walker.at)
                end = max(end, rows.row + 1)
            except FrameError:
                continue
    if end > ring.next_row:
        ring.next_row = end + _ROWS_LOST_MAX
        ring.damaged += 1
        ring.end_chain()
