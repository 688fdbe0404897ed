"""A queue with rows that were moved into a segment twice because of a power cut."""

from support.queue.folders import fresh
from wherry import small_file
from wherry.queue.queue import Queue

CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
# (mask, values): a small row may still fit where a large one does not.
SMALL, LARGE = (1, [5]), (7, [1 << 28, -(1 << 28), 1 << 28])
_FILES = ("/rows/open", "/rows/tail")


def moved_twice():
    """Return (queue, rows, copies): `rows` has each (number, mask); `copies` rows are there twice.

    A large row caused the move, but neither that row nor the note of the move was written.
    After the cut, a small row was appended, which still fit into the frame that had been moved.
    """
    queue = Queue(fresh(), CHANNELS, False, 400_000)
    rows = [append(queue, LARGE), append(queue, SMALL)]
    while True:
        copies = queue.writer.count
        kept = [small_file.read(queue.root + name) for name in _FILES]
        queue.moves = 0
        append(queue, LARGE)
        if queue.moves:
            break
        rows.append((queue.next_row - 1, LARGE[0]))
        rows.append(append(queue, SMALL))
    for name, content in zip(_FILES, kept):
        small_file.write(queue.root + name, content)
    queue = Queue(queue.root, CHANNELS, False, 400_000)
    while not queue.moves:
        rows.append(append(queue, SMALL))
    return queue, rows, copies


def append(queue, row):
    """Append a row of (mask, values); return its number and mask."""
    return queue.append(0, 0, 848_000_000 + 60 * queue.next_row, 0, *row), row[0]
