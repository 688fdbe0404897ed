"""Lives of full stores: a thinned queue, and set-aside files being removed."""

import random

import vfs
from kept_aside import places_aside
from truth import expect
from wherry import small_file
from wherry.queue import thinning
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.rows.mask import count_bits
from wherry.sending.refusal.aside_files import FILE_SIZE_MAX
from wherry.sending.refusal.aside_frame import frame
from wherry.sending.refusal.set_aside import set_aside
from wherry.sending.upload import Upload

_CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2), ("boots", "", 0))
_SENSORS, _HEALTH, _OWN_COUNT = 3, 4, 1
_LABELS = ("harbor", "here", "gone")
_NOW_S, _DENIED_S = 848_000_000, 840_000_000
_STEPS_MAX = 400


class FullLife:
    """A queue near its limit: `rows` are (s, mask, values), safe below `count`.

    The last uplink is no longer in the configuration, but its ledger is there.
    """

    def __init__(self, flash, size_max, kind, rows):
        self.flash = flash
        self.size_max = size_max
        self.kind = kind
        self.rows = rows

    def start(self, path: str) -> None:
        """Mount the flash and open its stores, as a boot does."""
        self.flash.mount(path)
        self.open(path)

    def open(self, path: str, labels=_LABELS[:2]) -> None:
        """Open the queue and the uplinks."""
        self.path = path
        form = _CHANNELS, False, self.size_max, None, self.kind, _OWN_COUNT
        self.queue = Queue(path, *form)
        self.uploads = [
            Upload(label, None, {}, self.queue, self.queue.ledger(label), path + "/aside", None)
            for label in labels
        ]
        self.queue.uploads = self.uploads
        self.queue.on_drop = self._on_drop

    def _on_drop(self, end, settled):
        for upload in self.uploads:
            upload.ledger.drop(end, settled)
        return True

    def found(self, path: str, labels=_LABELS) -> tuple:
        """Return the rows found, and the counts of each ledger.

        Expects these to count every reading once.
        """
        rows = list(self._walk())
        places = places_aside(path + "/aside")
        ledgers = [self.queue.ledger(label) for label in labels]
        for label, ledger in zip(labels, ledgers):
            waiting = 0
            for row in rows:
                if row >= ledger.row:
                    mask = self.rows[row][1]
                    waiting += count_bits(mask >> ledger.channel if row == ledger.row else mask)
            counted = self.queue.readings - ledger.settled()
            expect(counted == waiting, "a ledger tells of every reading once", label, counted)
            end = _end(ledger)
            kept = sum([1 for place in places.get(label, ()) if place < end])
            expect(kept >= ledger.set_aside, "what is set aside is there", label, kept)
        return rows, [_counts(ledger) for ledger in ledgers]

    def _walk(self):
        """Yield the number of each row; expect the row as appended."""
        expect(not self.queue.damaged, "a cut damages nothing", self.queue.damaged)
        reader = QueueReader(self.queue)
        reader.seek(0)
        last = -1
        while reader.next():
            rows = reader.rows
            expect(last < rows.row < len(self.rows), "a row's number", last, rows.row)
            last = rows.row
            values = [rows.values[i] for i in range(len(_CHANNELS)) if rows.mask >> i & 1]
            reported = rows.s, rows.mask, values
            expect(reported == self.rows[last], "a row is as it was appended", last, reported)
            yield last

    # Actions

    def prepare(self) -> None:
        """Fill the queue, with a different cursor in each ledger, and a piece of thinning due."""
        small_file.make_folder(self.path + "/cursors")
        self.open(self.path, _LABELS)
        for upload in self.uploads:
            upload.ledger.save()
        if random.getrandbits(1):
            self._fill_aside()
        self.append(random.randint(10, 30))
        for upload in self.uploads:
            self.deliver(upload, random.randint(0, 30))
            upload.ledger.denied_s = random.choice((0, 0, _DENIED_S))
            upload.ledger.save()
        self.open(self.path)
        for _ in range(random.randint(0, 3) * 40):
            self.append(3)
            self.thin()
        for _ in range(_STEPS_MAX):
            if self.queue.is_thinning:
                break
            self.append(3)

    def _fill_aside(self):
        """Have many readings refused, so that the next refused one needs a new file."""
        self.append(150)
        folder = self.path + "/aside"
        small_file.make_folder(folder)
        for upload in self.uploads:
            self.deliver(upload, 250)
        for number in range(2):
            size = 0
            with open("%s/%08x" % (folder, number), "wb") as file:
                while size <= FILE_SIZE_MAX:
                    upload = random.choice(self.uploads)
                    size += file.write(
                        frame(0, 0, "temperature", 1, 2, 1000, -1, 400, "x" * 48, upload.name)
                    )
                    upload.ledger.set_aside += 1
                    upload.ledger.delivered -= 1
        for upload in self.uploads:
            upload.ledger.save()

    def refuse(self) -> None:
        """Have the first waiting reading of an uplink refused."""
        upload = random.choice(self.uploads)
        upload.batch.open(1)
        if upload.batch.next():
            set_aside(upload, 400, "no")

    def append(self, count=5) -> None:
        """Add rows of two kinds."""
        rows = []
        for _ in range(count):
            mask = _SENSORS if random.randint(0, 4) else _HEALTH
            values = [random.getrandbits(29) for _ in range(count_bits(mask))]
            s = 1000 + 60 * len(self.rows)
            self.rows.append((s, mask, values))
            rows.append((0, 0, s, 0, mask, values))
        self.queue.extend(rows)

    def thin(self) -> None:
        """Do a piece of the thinning due at the end of a turn."""
        if self.queue.is_thinning:
            thinning.work(self.queue, _NOW_S)

    def finish(self) -> None:
        """Do all pieces except the last, which will be cut."""
        for _ in range(_STEPS_MAX):
            names = list(self.queue.segments)
            cells = bytes(self.flash.cells)
            self.thin()
            if self.queue.segments != names or not self.queue.is_thinning:
                vfs.umount(self.path)
                self.flash.cells[:] = cells
                self.start(self.path)
                self.queue.is_thinning = True
                return

    def deliver(self, upload, count=20) -> None:
        """Have the next readings accepted."""
        batch = upload.batch
        batch.open(count)
        while batch.next():
            batch.take(batch.mask)
        if batch.count:
            upload.deliver()

    def deliver_some(self) -> None:
        """Have one of the servers accept a batch."""
        self.deliver(random.choice(self.uploads))


def _end(ledger):
    return ledger.row, ledger.channel


def _counts(ledger):
    """Return the counts that are either the old or the new ones after a cut."""
    gone = ledger.set_aside + ledger.dropped
    return _end(ledger) + (ledger.delivered, gone, ledger.thinned)
