"""A queue with damage in any of its files, opened with and without a hint in RTC memory.

No error is raised, no row in intact frames is lost, lost rows are counted, no row is invented
and no row number is used twice.
"""

import os
import random

from support.queue.damage import damages, framed_noise, frames, read_file, write_file
from support.queue.folders import fresh
from support.queue.rows import ENV, append, read_rows
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.room import drop_oldest
from wherry.rows.frame import MS, RICE, ROWS, UNDATED
from wherry.sending import no_answer
from wherry.sending.upload import Upload

SEED = random.getrandbits(30)
FRAMED_COUNT = 300
OLDER, TAIL, ROW_FILE, NOTE = 0, 1, 2, 3


class Store:
    """A queue of two segments of different channels and a row file, to be damaged."""

    def __init__(self):
        self.root = fresh()
        self.model = []
        for kind, channels, count in ((ROWS, ENV[:2], 25), (RICE, ENV, 45)):
            queue = Queue(self.root, channels, False, 400_000, None, kind)
            for i in range(count):
                flags, boot = (MS | UNDATED, 3) if i // 6 == 2 else (0, 0)
                values = [2000 + i * 7 % 11, 4000 - i * i % 90, 99_000 + i][: len(channels)]
                row = (flags, boot, 1000 + 60 * i, 0, (1 << len(channels)) - 1, values)
                append(queue, self.model, row)
        self.hint = queue.hint()
        self.paths = [queue.path(name) for name in queue.segments] + [queue.row_path]
        self.paths.append(self.root + "/rows/tail")
        self.contents = [read_file(path) for path in self.paths]
        self.frames = [frames(content) for content in self.contents[:NOTE]] + [[]]

    def restore(self):
        for folder in {path.rsplit("/", 1)[0] for path in self.paths}:
            for name in os.listdir(folder):
                if folder + "/" + name not in self.paths:
                    os.remove(folder + "/" + name)
        for path, content in zip(self.paths, self.contents):
            write_file(path, content)

    def surely(self, damaged, content):
        """Return the rows that are in intact frames if the file `damaged` has this content."""
        rows = []
        for i, found in enumerate(self.frames):
            intact = content if i == damaged else self.contents[i]
            whole = [intact[a:b] == self.contents[i][a:b] for a, b, _, _ in found]
            heads = [ok for ok, frame in zip(whole, found) if not frame[3]]
            if all(heads):
                for ok, (_, _, first, count) in zip(whole, found):
                    if ok:
                        rows += self.model[first : first + count]
        return rows

    def check(self, damaged, content, hint, case):
        """Open the store with one file damaged, read and append; return the rows that are lost."""
        self.restore()
        write_file(self.paths[damaged], content)
        queue = Queue(self.root, ENV, False, 400_000, hint, RICE)
        rows = self.check_rows(queue, damaged, content, case)
        counted = queue.damaged or queue.readings > sum([len(row[5]) for row in rows])
        assert len(rows) == len(self.model) or counted, case
        assert queue.next_row >= len(self.model), case
        row = (0, 0, 90_000, 0, 5, [1, -1])
        number = queue.append(*row)
        queue = Queue(self.root, ENV, False, 400_000)
        found = self.check_rows(queue, damaged, content, case)
        assert found[-1] == (number, 0, 0, 90_000, 0, {"temperature": 1, "pressure": -1}), case
        assert queue.next_row == number + 1, case
        return len(self.model) + 1 - len(found)

    def check_rows(self, queue, damaged, content, case):
        rows = read_rows(queue)
        old = [row for row in rows if row[0] < len(self.model)]
        surely = self.surely(damaged, content)
        assert [row for row in surely if row not in old] == [], case
        assert [row for row in old if row not in self.model] == [], case
        assert queue.readings >= sum([len(row[5]) for row in rows]), case
        return rows


def check_queue(damaged):
    """Damage one file of a store; open it alternately with and without a hint."""
    random.seed(SEED)
    store = Store()
    count = lost = 0
    for case, content in damages(store.contents[damaged]):
        if damaged == TAIL and not content:
            continue  # A power cut at a segment's beginning leaves an empty file: it is missing.
        hint = store.hint if count % 2 else None
        lost += store.check(damaged, content, hint, (SEED, hint) + case) > 0
        count += 1
    print("%d cases, %d lost rows, seed %d" % (count, lost, SEED))
    return lost


def test_an_older_segment():
    assert check_queue(OLDER)


def test_the_tail_segment():
    assert check_queue(TAIL)


def test_the_row_file():
    assert check_queue(ROW_FILE)


def test_the_note():
    assert not check_queue(NOTE)


def test_framed_noise_never_stops_a_queue():
    random.seed(SEED)
    store = Store()
    for case in range(FRAMED_COUNT):
        store.restore()
        damaged = case % 3
        content = framed_noise() if case % 2 else store.contents[damaged] + framed_noise()
        write_file(store.paths[damaged], content)
        queue = Queue(store.root, ENV, False, 400_000, store.hint if case % 4 > 1 else None)
        read_rows(queue)
        row = (0, 0, 90_000, 0, 5, [1, -1])
        number = queue.append(*row)
        queue.spill()
        assert read_rows(queue, number)[-1][3:] == (90_000, 0, {"temperature": 1, "pressure": -1})
    print("%d frames of noise, seed %d" % (FRAMED_COUNT, SEED))


def test_foreign_files_in_the_folder_are_left_alone():
    store = Store()
    names = ("cafe", "notes.txt", "-0000001", "000000001", "0000002D", ".0000001")
    folders = [path.rsplit("/", 1)[0] for path in store.paths[:ROW_FILE]]
    for name in names + ("000000000A",):
        write_file(folders[0] + "/" + name, b"not ours")
        write_file(folders[1] + "/" + name, b"not ours")
    for name in names + ("0000000001",):
        write_file(store.root + "/segments/" + name, b"not ours")
    queue = Queue(store.root, ENV, False, 400_000)
    assert read_rows(queue) == store.model and not queue.damaged
    queue = Queue(store.root, ENV[:1], False, 400_000)
    queue.spill()
    assert drop_oldest(queue) and len(queue.segments) == 1
    assert len(os.listdir(folders[0])) == 7
    assert len(os.listdir(store.root + "/segments")) == 8


def test_damage_to_delivered_rows_leaves_the_account_balanced():
    store = Store()
    for hint in (store.hint, None):
        store.restore()
        ledger = in_file(store.root + "/ledger")
        ledger.row, ledger.delivered = len(store.model), store.hint[1]
        write_file(store.paths[TAIL], store.contents[TAIL][:-1])
        queue = Queue(store.root, ENV, False, 400_000, hint)
        upload = Upload("u", None, {}, queue, ledger, "", None)
        upload.batch.open(1)
        assert not upload.batch.next()
        no_answer.no_request(upload, 1)
        assert upload.waiting() == 0 and ledger.damaged == 0, hint
