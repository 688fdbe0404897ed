"""A queue that was full and is thinned."""

from support.account.decoded import random_row
from wherry import small_file
from wherry.queue import thinning
from wherry.queue.queue import Queue
from wherry.sending.upload import Upload

QUEUE_COUNT, ROW_COUNT, SEED = 6, 1000, 20261120
SIZE_FULL = 1500


def thinned_queue(choose, root, channel_count, kind):
    """Fill a queue until it is thinned; return it, its upload and all rows that were appended."""
    small_file.make_folder(root + "/cursors")
    channels = [(f"c{i}", "", 0) for i in range(channel_count)]
    own_count = choose.randrange(channel_count)
    has_ms = choose.random() < 0.5
    queue = Queue(root, channels, has_ms, 8 * SIZE_FULL, None, kind, own_count)
    upload = Upload("a", None, {}, queue, queue.ledger("a"), root + "/aside", None)
    queue.uploads = [upload]
    rows, last, s = [], {}, 1000
    while len(rows) < ROW_COUNT:
        s += choose.choice((60, 60, 60, 61, -1))
        rows.append(random_row(choose, channels, own_count, queue.ms, s, last))
        queue.append(*rows[-1])
        if queue.is_thinning:
            thinning.work(queue, 0)
    return queue, upload, rows
