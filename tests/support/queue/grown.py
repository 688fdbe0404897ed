"""A queue that is filled up to a size."""

from support.queue.folders import fresh
from support.queue.rows import ENV, extend
from wherry.queue.queue import Queue

SIZE_FULL, SIZE_MAX, SMALL_SIZE_MAX = 1000, 40_000, 8000
NOW_S = 848_000_000


def rows_of(first, count):
    return [
        (0, 0, NOW_S + 60 * i, 0, 7, [i * 7919 % 99_991, i * 31 % 9973, -i])
        for i in range(first, first + count)
    ]


def grown(count):
    """Return a queue of `count` segments, its rows and its root."""
    root = fresh()
    queue, model = Queue(root, ENV, False, SIZE_MAX), []
    while len(queue.segments) < count:
        extend(queue, model, rows_of(len(model), 10))
    return queue, model, root
