"""A partition of a ring in RAM, and its rows."""

from support.queue.rows import seen

PAGE_SIZE = 4096


class Device:
    """A partition in RAM with the bit rule of NOR flash; reads, programs, erases are counted.

    After `allowed` writes, the next `refuses` writes raise an OSError.
    """

    def __init__(self, page_count):
        self.cells = bytearray(b"\xff" * (PAGE_SIZE * page_count))
        self.reads = self.programs = self.erases = 0
        self.allowed = self.refuses = 0

    def readblocks(self, page, buffer, offset):
        at = page * PAGE_SIZE + offset
        assert offset + len(buffer) <= PAGE_SIZE, (offset, len(buffer))
        memoryview(buffer)[:] = self.cells[at : at + len(buffer)]
        self.reads += 1

    def writeblocks(self, page, buffer, offset):
        self._refuse()
        at = page * PAGE_SIZE + offset
        assert offset + len(buffer) <= PAGE_SIZE, (offset, len(buffer))
        new = int.from_bytes(bytes(buffer), "little")
        old = int.from_bytes(self.cells[at : at + len(buffer)], "little")
        assert old & new == new, "programs turn ones into zeros only"
        self.cells[at : at + len(buffer)] = buffer
        self.programs += 1

    def ioctl(self, request, argument):
        if request == 4:
            return len(self.cells) // PAGE_SIZE
        assert request == 6, request
        self._refuse()
        self.cells[argument * PAGE_SIZE : (argument + 1) * PAGE_SIZE] = b"\xff" * PAGE_SIZE
        self.erases += 1
        return 0

    def _refuse(self):
        if self.allowed:
            self.allowed -= 1
        elif self.refuses:
            self.refuses -= 1
            raise OSError(5)


def read_rows(ring, row=0):
    """Return the rows of a ring, in the form that test_queue.py uses."""
    reader = ring.reader()
    reader.seek(row)
    found = []
    while reader.next():
        found.append(seen(reader))
    return found


def last_of(ring, row, number):
    """Return a row as the stage records the newest row; missing channels have the value 0."""
    flags, boot, s, ms, mask, values = row
    given = list(values)
    known = [given.pop(0) if mask >> i & 1 else 0 for i in range(len(ring.channels))]
    return number, flags, boot, s, ms, 12345, mask, known


def note(model, number, row, channels):
    flags, boot, s, ms, mask, values = row
    names = [c[0] for i, c in enumerate(channels) if mask >> i & 1]
    model.append((number, flags, boot, s, ms, dict(zip(names, values))))


def some(count, first=0):
    return [(0, 0, 1000 + 60 * i, 0, 7, [i, 2 * i, -i]) for i in range(first, first + count)]


def numbers(ring):
    return [row[0] for row in read_rows(ring)]
