"""`micropython ring_counts.py LIB NAME DIVISOR` prints the cost of our ring on a flash as JSON.

NAME is a function below. Each result is {figure: number}. DIVISOR is as in flash_counts.py: it
divides the number of the ring's pages.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import vfs
from ram_flash import BLOCK_SIZE, CountingFlash, mounted
from traces import Trace
from wherry.ring.ring import Ring

# 1 MB.
PAGE_COUNT = 256
ROW_COUNT = 86_400
_ACK_EVERY_ROWS = 20
_SLEEPS = 100
# This is not a divisor of a page's rows, so the tail is met at all fill levels.
_RECOVER_EVERY_ROWS = 157


class Partition(CountingFlash):
    """The raw partition: `page_count` pages of a counting flash, without a filesystem."""

    def __init__(self, page_count):
        super().__init__()
        self._page_count = page_count

    def ioctl(self, op, arg):
        return self._page_count if op == 4 else super().ioctl(op, arg)


class Log:
    """A ring with one uplink, whose ledger is saved every 20 rows."""

    def __init__(self, page_count):
        mounted()
        self.trace = Trace("env5")
        self.partition = Partition(page_count)
        self.rows = self.trace.rows(1 << 30)
        self.open()

    def open(self, *wake):
        """Open the ring; return its reads and writes."""
        self.partition.reset()
        self.ring = Ring(self.partition, "/flash/data", self.trace.channels, False, *wake)
        return self.partition.reads, self.partition.programs + self.partition.erases

    def append(self, ledger=None):
        """Append a row; return its number and the row."""
        row = next(self.rows)
        number = self.ring.append(*row)
        if ledger and number % _ACK_EVERY_ROWS == _ACK_EVERY_ROWS - 1:
            ledger.delivered += self.ring.readings - ledger.delivered
            ledger.row = number + 1
            ledger.save()
        return number, row


def durable_rows(divisor):
    """Append each row durably for more than one round; acknowledge every 20 rows."""
    log = Log(PAGE_COUNT // divisor)
    ledger = log.ring.ledger("harbor")
    log.append(ledger)
    log.partition.reset()
    row_count = ROW_COUNT // divisor
    for _ in range(row_count):
        log.append(ledger)
    ring, partition = log.ring, log.partition
    found = {"erases": 1000 * partition.erases / ring.readings}
    found["programs_a_row"] = partition.programs / row_count
    found["bytes"] = (partition.erases * BLOCK_SIZE + ring.offset) / ring.readings
    return found


def recovery(divisor):
    """Recover a full ring after a power cut at any place in its tail; return the worst cost."""
    log = Log(PAGE_COUNT // divisor)
    found = {"reads": 0, "writes": 0}
    for i in range(2 * ROW_COUNT // divisor):
        log.append()
        ring = log.ring
        if ring.sequence > PAGE_COUNT // divisor and i % _RECOVER_EVERY_ROWS == 0:
            reads, writes = log.open()
            found["reads"] = max(found["reads"], reads)
            found["writes"] = max(found["writes"], writes)
            assert log.ring.next_row == ring.next_row and log.ring.readings == ring.readings
    return found


def sleeps(divisor):
    """Append a row in each wake, in the middle of a page; count reads and programs."""
    log = Log(PAGE_COUNT // divisor)
    log.append()
    # The first row after a new page prepares the space for the next page.
    number, row = log.append()
    found = {"reads": 0, "programs": 0}
    begin = log.ring.offset
    for _ in range(_SLEEPS // divisor):
        flags, boot, s, ms, mask, values = row
        last = number, flags, boot, s, ms, 0, mask, values
        log.open(log.ring.hint(), log.ring.place(), last)
        number, row = log.append()
        found["reads"] = max(found["reads"], log.partition.reads)
        found["programs"] = max(found["programs"], log.partition.programs)
    found["bytes"] = (log.ring.offset - begin) / (_SLEEPS // divisor) / len(row[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[2]](int(sys.argv[3]))))
    vfs.umount("/flash")
