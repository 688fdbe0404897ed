"""A node's life in flash: random actions on the queue, the ledgers and the small files.

After each action `writes` has its writes; `before` and `truth` are what must be safe.
"""

import os
import random
import struct

import vfs
from parts import Parts
from truth import Truth, expect
from wherry import small_file
from wherry.queue import new_segment
from wherry.rows import segment
from wherry.rows.frame import RICE, ROWS
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.refusal.set_aside import set_aside
from wherry.time import setting

ENV = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
WIDE = tuple([("channel_%d" % i, "", 0) for i in range(24)])
_ACTIONS = ("append",) * 24 + ("extend",) * 3 + ("deliver",) * 6 + (
    "refuse", "refuse", "save_hint", "spill", "restart", "restart", "change_channels",
    "change_coding", "begin_boot", "learn_time", "keep_settings",
)  # fmt: skip
# Segments fill soon, so that a life has many.
_SIZES_FULL = (400, 400, 500, 500, 600, 600, 900, 900, 1400, 2500, 32_720)
_FILL_COUNT_MAX = 300
_ENOSPC = 28
_NEARLY_FULL = 100


def random_truth() -> Truth:
    """Return the Truth of an empty node with a random configuration."""
    segment.SIZE_FULL, segment.COUNT_MIN = random.choice(_SIZES_FULL), 1
    new_segment.FOLDER_COUNT_MAX = random.randint(1, 3)
    channels = ENV[: random.randint(1, 3)]
    size_max = segment.SIZE_FULL * random.randint(1, 4) + random.randint(0, 500)
    if random.randint(0, 9) == 0:
        size_max = 1 << 20  # The flash fills up first.
    return Truth(channels, bool(random.getrandbits(1)), random.choice((ROWS, RICE)), size_max)


class Life:
    """Lives below `path` on a flash; `truth` grows with every action that returns.

    saved: for each ledger, (writes done, its counts) at the start and at each save since;
    ends: (writes done, row) of each drop, which removes the rows before `row`.
    """

    def __init__(self, flash, path: str, truth: Truth):
        self.flash = flash
        self.path = path
        self.truth = truth
        self.parts = None

    def start(self, hint=None) -> None:
        """Mount the flash and open its stores."""
        self.flash.mount(self.path)
        self.open(hint)

    def open(self, hint) -> None:
        """Open the queue and the rest, as a boot does."""
        self.parts = Parts(self.path, self.truth, hint, self._note_saved)
        self.parts.queue.on_drop = self._on_drop
        self.truth.founded = True

    def stop(self) -> None:
        """Unmount the filesystem."""
        self.parts = None
        vfs.umount(self.path)

    def do(self, action=None) -> str:
        """Do an action, or a random one if none is given; return its name."""
        action = action or random.choice(_ACTIONS)
        self.before = self.truth.copy()
        self.flash.forget()
        self.saved = [[(0, counts)] for counts in self.truth.ledgers]
        self.ends = [(0, self.truth.first)]
        try:
            getattr(self, action)()
        except OSError as error:
            # Only rows make room for themselves; everything else retries on a full flash.
            expect(
                error.errno == _ENOSPC and action != "append", "the flash takes it", action, error
            )
            self.stop()
            self.start()
        self.truth.first = self.ends[-1][1]
        return action

    # Called by the parts

    def _note_saved(self, ledger):
        i = [upload.ledger for upload in self.parts.uploads].index(ledger)
        self.truth.ledgers[i] = ledger.counts()
        self.saved[i].append((self.flash.noted, ledger.counts()))

    def _on_drop(self, end, readings):
        expect(readings == self.truth.readings[end], "readings of a drop", end, readings)
        for upload in self.parts.uploads:
            upload.ledger.drop(end, readings)
        self.ends.append((self.flash.noted, end))
        return True

    # Actions

    def append(self) -> None:
        """Add a row."""
        row = self.truth.measure()
        number = self.parts.queue.append(*row)
        expect(number == self.truth.count, "the number of a new row", number, self.truth.count)
        self.truth.add(row + (self.truth.channels,))

    def extend(self) -> None:
        """Add many rows at once; retry the rest if the flash was full."""
        truth, queue = self.truth, self.parts.queue
        rows = [truth.measure() for _ in range(random.choice((1, 3, 10, 30, 60)))]
        # Some rows may be dropped to make room for later ones.
        for row in rows:
            truth.foresee(row + (truth.channels,))
        while queue.next_row < len(truth.rows):
            first = queue.next_row
            begun = rows[first - len(truth.rows) :]
            try:
                expect(queue.extend(iter(begun)) == len(begun), "the count of new rows", begun)
            except OSError as error:
                expect(error.errno == _ENOSPC, "the flash takes it", error)
                expect(queue.segments[1:] or queue.next_row > first, "it goes on", first)
        truth.count = queue.next_row

    def fill(self) -> None:
        """Add rows until the next ones need a new segment."""
        queue = self.parts.queue
        for _ in range(_FILL_COUNT_MAX):
            size = queue.segments and os.stat(queue.path(queue.segments[-1]))[6]
            in_hand = queue.writer.bits >> 3
            if in_hand > _NEARLY_FULL and size + in_hand + 4 > queue.segment_size:
                break
            self.append()

    def deliver(self) -> None:
        """Have a batch accepted by one of the servers."""
        upload = random.choice(self.parts.uploads)
        batch = upload.batch
        batch.open(random.randint(1, 12))
        while batch.next():
            self._check_readings(batch)
            batch.take(batch.mask)
        if batch.count:
            upload.deliver()
        elif batch.undated and batch.boot != self.truth.boot:
            self._set_aside(upload, 0, "boot %d was never dated" % batch.boot)

    def refuse(self) -> None:
        """Have the first waiting reading refused."""
        upload = random.choice(self.parts.uploads)
        upload.batch.open(1)
        if upload.batch.next():
            self._check_readings(upload.batch)
            self._set_aside(upload, 400, "value out of range, says the server")

    def _check_readings(self, batch):
        flags, boot, s, ms, mask, values, channels = self.truth.rows[batch.row]
        date = self.parts.clock.date(flags, boot, s, ms)
        expect(batch.s == date[0], "the stamp of a row to be sent", batch.row, batch.s, date)
        expect(not batch.mask & ~mask, "a row to be sent", batch.row, batch.mask, mask)
        j = 0
        for i in range(len(channels)):
            if batch.mask >> i & 1:
                expect(batch.values[i] == values[j], "a reading to be sent", batch.row, i)
                expect(tuple(batch.channels[i]) == channels[i], "its channel", batch.row, i)
            j += mask >> i & 1

    def _set_aside(self, upload, status, reason):
        older = self.truth.aside
        set_aside(upload, status, reason)
        kept = list(Aside(self.path + "/aside").readings())
        place = upload.ledger.row, upload.ledger.channel - 1
        expect(kept and kept[-1][:2] == place, "a reading is set aside", place, kept[-1:])
        # After a cut before the ledger's write, or if the other server refused the reading, it is
        # already set aside.
        if kept != older:
            lost = len(older) + 1 - len(kept)
            expect(older[lost:] == kept[:-1], "what was set aside before", lost)
        self.truth.aside = kept

    def spill(self) -> None:
        """Move the row file to the tail segment."""
        self.parts.queue.spill()

    def save_hint(self) -> None:
        """Put into RTC memory the hint that the next start may use."""
        self.truth.hint = self.parts.queue.hint()

    def restart(self) -> None:
        """Lose the power, and with it RTC memory, or crash."""
        self.stop()
        if random.getrandbits(1):
            self.truth.hint = None
        self.start(self.truth.hint)

    def change_channels(self) -> None:
        """Start with another configuration."""
        self.stop()
        truth = self.truth
        truth.channels = ENV[: random.randint(1, 3)] + (("extra%d" % random.randint(0, 2), "", 0),)
        if random.randint(0, 4) == 0:
            truth.channels = WIDE
        truth.ms = bool(random.getrandbits(1))
        self.start(truth.hint)
        segments = self.parts.queue.segments
        if segments and segments[0] > truth.first:
            # The flash was full, and segments were dropped for the rows of the row file. Every cut
            # expects the ledgers' files to count dropped rows before they are gone.
            self.ends.append((0, segments[0]))
            for upload in self.parts.uploads:
                self._note_saved(upload.ledger)

    def change_coding(self) -> None:
        """Start with the other coding of rows."""
        self.stop()
        self.truth.kind = ROWS + RICE - self.truth.kind
        self.start(self.truth.hint)

    def begin_boot(self) -> None:
        """Number a power cycle; its rows are not dated yet."""
        truth = self.truth
        boot = (truth.boot or 0) + 1
        small_file.write(self.path + "/boot", struct.pack("<I", boot))
        truth.boot = self.parts.clock.state.boot = boot
        truth.dated = False
        self.parts.clock.state.synced = 0

    def learn_time(self) -> None:
        """Date this boot."""
        truth, clock = self.truth, self.parts.clock
        if truth.boot and not truth.dated:
            setting.sync(clock, truth.s * 1000, 848_000_000_000 + truth.s * 1000)
            truth.dated = True
            truth.anchors = clock.anchors

    def keep_settings(self) -> None:
        """Keep another checked configuration, which needs a block."""
        settings = bytes([random.getrandbits(8)]) * random.randint(150, 3000)
        small_file.write(self.path + "/settings", settings)
        self.truth.settings = settings
