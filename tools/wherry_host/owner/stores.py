"""The store in a copy of a node's flash, segments or a ring, opened by wherry's own code.

Both have `queue` (wherry's own, None if it cannot be opened), `size` in bytes and `extent` in
words, `size_max` or None, `thinned` [(first row, end, row_step)], the uplinks' `ledgers`, and
`bases` [(row, readings before it)], ascending. Damage becomes a line in `faults`.
"""

import errno
from binascii import crc32
from pathlib import Path

from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.thinned import finish
from wherry.ring.pages import PAGE_SIZE, read_head
from wherry.ring.ring import Ring
from wherry.rows import segment
from wherry.rows.form import is_rows
from wherry.rows.frame import FrameError, frame_size
from wherry.stage.stage import Stage


def open_store(copy, faults):
    """Return the store of a Copy."""
    return RingStore(copy, faults) if copy.ring else FileStore(copy, faults)


class FileStore:
    """Segments and the row file."""

    def __init__(self, copy, faults):
        self._root = str(copy.folder)
        self._faults = faults
        self._heads = self._read_heads()
        self.queue = self._open(copy.rtc)
        if self.queue and finish(self.queue):
            # A power cut came before the last steps of a thinning, which the node will complete in
            # the same way.
            self._heads = self._read_heads()
        self.size_max = copy.node.get("queue_size_max")
        names = [name for name, _, _ in self._heads]
        self.size = sum(_size(path) for path in self._paths().values())
        self.size += _size(Path(self._root, "rows/open"))
        self.extent = f"{len(names)} segment" + "s" * (len(names) != 1)
        self.bases = [(name, head.readings) for name, head, _ in self._heads if head]
        ends = [*names, 1 << 63][1:]
        self.thinned = [
            (name, end, head.row_step)
            for (name, head, _), end in zip(self._heads, ends, strict=True)
            if head and head.row_step > 1
        ]

    @property
    def ledgers(self):
        """{uplink: Ledger}."""
        names = _cursors(self._root)
        for name in names:
            note_damage(self._faults, self._root, f"cursors/{name}", "the node sends all again")
        return {name: in_file(f"{self._root}/cursors/{name}") for name in names}

    def _paths(self):
        """Return {first row: path} of all segments, the oldest first."""
        found = {}
        for folder in ("segments/*", "rows"):
            for path in Path(self._root).glob(f"{folder}/{'[0-9a-f]' * 10}"):
                if path.is_file():
                    found[int(path.name, 16)] = str(path)
        return dict(sorted(found.items()))

    def _read_heads(self):
        """Return [(first row, Head or None, frames of rows)]; damage is added to the faults."""
        found = []
        for name, path in self._paths().items():
            walker = segment.Walker()
            if not _size(path):
                continue  # A power cut came before its head was written.
            try:
                head = segment.Head(walker, path)
            except ValueError as error:
                self._faults.append(f"{str(error).removeprefix(f'{self._root}/')}: left out")
                found.append((name, None, 0))
                continue
            count = 0
            while walker.next():
                count += is_rows(walker.buffer[walker.at])
            if walker.damaged:
                place = path.removeprefix(f"{self._root}/")
                self._faults.append(f"{place}: {walker.damaged} damaged bytes left out")
            found.append((name, head, count))
        return found

    def _open(self, rtc):
        """Open the queue with the channels of its newest readable segment."""
        heads = [head for _, head, _ in self._heads if head]
        self._check_row_file(bool(heads) and heads[-1] is self._heads[-1][1])
        if not heads:
            return None
        head = heads[-1]
        state = rtc and open_stage(rtc, len(head.channels), head.own_count).state
        hint = state and (state.next_row, state.readings, state.schema)
        form = head.channels, head.ms, 1 << 31, hint
        queue = Queue(self._root, *form, own_count=head.own_count)
        queue.damaged = 0
        return queue

    def _check_row_file(self, has_channels):
        """Skip a row file that is damaged or whose segment does not name its channels."""
        path = Path(self._root, "rows/open")
        content = path.read_bytes() if path.is_file() else b""
        if content in (b"", b"\0"):
            return  # The row file is older than rows that went into segments.
        if not frame_size(content, 0, len(content)):
            self._faults.append("rows/open: damaged; left out")
        elif not has_channels:
            self._faults.append("rows/open: its segment does not name its channels; left out")
        else:
            return
        path.write_bytes(b"")


class RingStore:
    """A ring's pages; the files next to the ring name the channels."""

    thinned = ()

    def __init__(self, copy, faults):
        self._root = str(copy.folder)
        device = Pages(copy.ring)
        found = [read_head(device, page) for page in range(device.count)]
        heads = sorted((head for head in found if head), reverse=True)
        self.queue = self._open(device, heads, faults)
        self.bases = sorted((row, readings) for _, row, readings, _ in heads)
        self.size_max = len(copy.ring)
        self.size = len(heads) * PAGE_SIZE
        if self.queue:
            self.size -= PAGE_SIZE - self.queue.offset
        self.extent = f"{len(heads)} of {device.count} pages"

    @property
    def ledgers(self):
        """{uplink: Ledger}."""
        if not self.queue:
            return {}
        return {name: self.queue.ledger(name) for name in sorted(self.queue.ledgers)}

    def _open(self, device, heads, faults):
        """Open the ring with the channels of its newest page whose channels are still named."""
        for schema in dict.fromkeys(head[3] for head in heads):
            name = f"schemas/{schema:08x}"
            try:
                head = segment.Head(segment.Walker(), f"{self._root}/{name}")
            except (FrameError, OSError):
                faults.append(f"{name}: does not name its channels; their rows are left out")
                continue
            ring = Ring(device, self._root, head.channels, head.ms, own_count=head.own_count)
            ring.damaged = 0
            return ring
        return None


class Pages:
    """A copy of a ring's bytes that replaces its esp32.Partition."""

    def __init__(self, content):
        self._content = content
        self.count = len(content) // PAGE_SIZE

    def readblocks(self, page, buffer, offset=0):
        """Fill a buffer from an offset of a page."""
        at = page * PAGE_SIZE + offset
        buffer[:] = self._content[at : at + len(buffer)]

    def writeblocks(self, page, buffer, offset=0):
        """Raise OSError, because this is a copy."""
        raise OSError(errno.EROFS, "a copy of a ring is not written")

    def ioctl(self, operation, argument):
        """Return the number of pages."""
        return self.count


def uplink_of(ledger_name):
    """Return the uplink of the ledger (or the held channel's ledger) with this name."""
    return ledger_name.partition("~")[0]


def held_name(uplink, channel):
    """Return the name of the ledger of a held channel."""
    return f"{uplink}~{crc32(channel.encode()):08x}"


def open_stage(rtc, channel_count, own_count):
    """Return the Stage in RTC memory."""
    memory = bytearray(rtc.ljust(2048, b"\0"))
    return Stage(memory, lambda: None, channel_count, own_count=own_count)


def note_damage(faults, root, name, consequence):
    """Add a fault if a small file has content but no intact content."""
    path = Path(root, name)
    if path.is_file() and path.stat().st_size and small_file.read(str(path)) is None:
        faults.append(f"{name}: damaged; {consequence}")


def _cursors(root):
    """Return the names of the ledgers that are files."""
    folder = Path(root, "cursors")
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _size(path):
    path = Path(path)
    return path.stat().st_size if path.is_file() else 0
