"""A queue, its ledger and its set-aside readings, driven by one command per line in JSON.

Runs on both interpreters: `Program().do(line)` returns the line of the answer. Run as a program,
whose argument is the folder of wherry/, it reads the lines from standard input. On MicroPython the
queue is on a real littlefs.
"""

import json
import sys

if __name__ == "__main__":
    sys.path[:0] = ["tests", sys.argv[1]]

from support.queue.folders import fresh, mounted_again
from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.rows.frame import UNDATED
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.refusal.set_aside import set_aside
from wherry.sending.upload import Upload

# Rows of this boot are never dated.
LOST_BOOT = 3


def date(flags, boot, s, ms):
    return None if flags & UNDATED and boot == LOST_BOOT else (s, ms)


class Program:
    """`do` calls the method of a line [name, arguments...] and returns its result as a line."""

    def do(self, line):
        name, *arguments = json.loads(line)
        return json.dumps(getattr(self, name)(*arguments))

    def new(self, block_count):
        """Begin with an empty flash."""
        self.root = fresh(block_count)
        small_file.make_folder(self.root + "/cursors")
        self.hint = None

    def cut(self):
        """Cut the power: only the flash is left."""
        self.hint = None
        mounted_again()

    def open(self, channels, ms, size_max, kind):
        """Open the queue for these channels; return the account and the first remaining row."""
        channels = [tuple(channel) for channel in channels]
        self.queue = Queue(self.root, channels, ms, size_max, self.hint, kind)
        ledger, aside = in_file(self.root + "/cursors/u"), self.root + "/aside"
        if ledger.is_new:
            ledger.save()
        self.upload = Upload("u", None, {}, self.queue, ledger, aside, date)
        self.queue.on_drop = self._drop
        self.drops = []
        self.hint = self.queue.hint()
        return self.account(), self.queue.segments[0] if self.queue.segments else 0

    def _drop(self, end, readings):
        self.drops.append((end, readings))
        self.upload.ledger.drop(end, readings)
        return True

    def account(self):
        """Return (next row, readings, damaged, waiting)."""
        queue = self.queue
        return queue.next_row, queue.readings, queue.damaged, self.upload.waiting()

    def fill(self):
        """Fill the flash to its last block with unrelated files."""
        try:
            for i in range(1000):
                with open("%s/foreign-%d" % (self.root, i), "wb") as file:
                    file.write(bytes(4096))
        except OSError as error:
            assert error.errno == 28

    def append(self, *row):
        """Append a row; return (its number, the rows dropped for it)."""
        self.drops.clear()
        number = self.queue.append(*row)
        self.hint = self.queue.hint()
        return number, self.drops

    def extend(self, rows):
        """Append rows together; return (the next number, the rows dropped for them)."""
        self.drops.clear()
        rows = [tuple(row) for row in rows]
        end = self.queue.next_row + len(rows)
        while self.queue.next_row < end:
            next_row = self.queue.next_row
            try:
                assert self.queue.extend(iter(rows[next_row - end :])) == end - next_row
            except OSError as error:
                # The full queue has dropped its oldest segment, and accepts the rest.
                if error.errno != 28 or len(self.drops) > len(rows):
                    raise
        self.hint = self.queue.hint()
        return end, self.drops

    def spill(self):
        self.drops.clear()
        self.queue.spill()
        return None, self.drops

    def read(self, row):
        """Return the rows from a number on as (number, flags, boot, s, ms, names, values)."""
        reader, found = QueueReader(self.queue), []
        reader.seek(row)
        while reader.next():
            rows, measured = reader.rows, []
            for i, channel in enumerate(reader.channels):
                if rows.mask >> i & 1:
                    measured.append((channel[0], rows.values[i]))
            found.append((rows.row, rows.flags, rows.boot, rows.s, rows.ms, measured))
        return found

    def deliver(self, count):
        """Deliver `count` readings; return them as (row, name, value, s)."""
        batch, found = self.upload.batch, []
        batch.open(count)
        while batch.next():
            for i, channel in enumerate(batch.channels):
                if batch.mask >> i & 1:
                    found.append((batch.row, channel[0], batch.values[i], batch.s))
            batch.take(batch.mask)
        self.upload.deliver()
        return found

    def set_aside(self, status, reason):
        """Set the oldest waiting reading aside."""
        set_aside(self.upload, status, reason)

    def asides(self):
        """Return the set-aside readings as (row, name, value, s, status, reason)."""
        kept = Aside(self.root + "/aside").readings()
        return [(each[0], each[2], each[3], each[5], each[7], each[8]) for each in kept]


def serve():
    """Answer the lines of standard input until it ends."""
    program = Program()
    line = sys.stdin.readline()
    while line:
        try:
            print(program.do(line))
        except Exception as error:  # The caller must see the error, and may send more commands.
            print("raised", repr(error))
            sys.print_exception(error, sys.stderr)
        line = sys.stdin.readline()


if __name__ == "__main__":
    serve()
