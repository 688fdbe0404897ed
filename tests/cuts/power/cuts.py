"""Cuts the power within each write of an action, in all ways a cut can leave it, and recovers.

I1  every row whose append returned is there, unless dropped and counted
I2  the rows have no gap; the row being added is there completely or not at all
I3  a ledger is the one saved last, or the one being saved
I4  recovering writes nothing, unless the channels have changed or littlefs ends a cut move
I5  appending and delivering work immediately, and their results survive another recovery
I6  recovering reads at most a bound
"""

import random

import vfs
from flash import do, outcomes, tear
from life import Life
from parts import Parts
from truth import Allowed, expect
from wherry.queue.reader import QueueReader
from wherry.queue.tail import tail_schema
from wherry.rows.segment import Walker
from wherry.sending.refusal.aside_files import Aside

# Calls of readblocks, of 128 B at most: mount, open all parts and read a segment of 32 KB.
READS_MAX = 20_000
_ROWS_READ_MAX = 60


class AllowedFiles(Allowed):
    """The allowed contents of the flash after the cut."""

    def check(self, parts: Parts, config):
        """Expect the parts to be in an allowed state, and return the truth of that state."""
        truth = self.after.copy()
        truth.channels, truth.ms, truth.kind = config.channels, config.ms, config.kind
        truth.hint = self.before.hint
        rows = self.check_rows(parts.queue, QueueReader(parts.queue), 0, _ROWS_READ_MAX)
        truth.first, truth.count = rows
        truth.ledgers = parts.ledgers()
        self.check_ledgers(truth)
        truth.anchors, truth.boot = parts.clock.anchors, parts.boot()
        truth.settings = parts.settings()
        for name in ("anchors", "boot", "settings"):
            seen = getattr(truth, name)
            known = getattr(self.before, name), getattr(self.after, name)
            expect(seen in known, "a small file is the old or the new one", name, seen)
        truth.dated = truth.boot in truth.anchors
        truth.aside = self._check_aside(parts)
        return truth

    def _check_aside(self, parts):
        """Expect the set-aside readings; the last, or the oldest removed for it, may be gone."""
        before, after = self.before.aside, self.after.aside
        if before is after and random.getrandbits(3):
            return after
        found = list(Aside(parts.path + "/aside").readings())
        known = found == after
        if not known and parts.ledgers() == self.before.ledgers:
            known = found in (before, before[len(before) + 1 - len(after) :])
        expect(known, "what is set aside is there before the ledger says so", found[-1:])
        return found


def _check_frames(queue):
    """Expect no frame twice in the newest segment, which would cost space and wear."""
    walker = Walker()
    walker.open(queue.path(queue.segments[-1]), 0)
    last = None
    while walker.next():
        frame = bytes(memoryview(walker.buffer)[walker.at : walker.at + walker.size])
        expect(frame != last, "no frame is moved twice", frame)
        last = frame


class Cuts:
    """Cuts of lives: `count` cuts; `case` is the last one. forks: three flashes."""

    def __init__(self, forks):
        self._forks = forks
        self._base = bytearray(len(forks[0].cells))
        self.count = 0
        self.case = self._first_case = ()

    def cut(self, life: Life, action=None) -> None:
        """Do an action of a life, or a random one if none is given, and cut it everywhere."""
        base = self._base
        base[:] = life.flash.cells
        action = life.do(action)
        expect(not life.flash.wrong_bits, "programs turn ones into zeros only", action)
        for i, (at, payload) in enumerate(life.flash.writes()):
            for outcome in outcomes(payload):
                self.count += 1
                self.case = self._first_case = action, i, at, len(payload), outcome
                self._cut(life, i, at, payload, outcome)
            do(base, at, payload)

    def _cut(self, life, i, at, payload, outcome):
        flash = self._forks[0]
        flash.cells[:] = self._base
        tear(flash.cells, at, payload, outcome)
        allowed = AllowedFiles(life, i)
        # The channels may be the old ones or the new ones, if they have just changed.
        config = random.choice((life.before, life.truth))
        self._forks[1].cells[:] = flash.cells
        truth, writes = self._recover(flash, config, allowed)
        if writes:
            self._cut_recovery(writes, config, allowed)
            truth, writes = self._recover(flash, config, allowed)
            expect(not writes, "recovering again writes nothing", len(writes))
        if random.randint(0, 5) == 0:
            self._go_on(flash, truth, at, payload, outcome)

    def _cut_recovery(self, writes, config, allowed):
        """Cut some writes of a recovery, each on its own."""
        base, flash = self._forks[1].cells, self._forks[2]
        for at, payload in writes:
            if random.getrandbits(1):
                flash.cells[:] = base
                tear(flash.cells, at, payload, random.choice(outcomes(payload)))
                self._recover(flash, config, allowed)
            do(base, at, payload)

    def _go_on(self, flash, truth, at, payload, outcome):
        """Append and deliver after a cut, and recover after one more cut."""
        truth.rows, truth.readings = truth.rows[: truth.count], truth.readings[: truth.count + 1]
        life = Life(flash, "/again", truth)
        life.start(truth.hint)
        base = self._forks[1].cells
        for action in ("append", random.choice(("spill", "extend")), "deliver"):
            base[:] = flash.cells
            life.do(action)
            # littlefs reads only the next 32 bytes and the bytes it has written: a chip that
            # programs out of order costs it at most one block.
            wrong = flash.wrong_bits and outcome != "second half"
            expect(not wrong, "programs turn ones into zeros only, after a cut", action)
            if flash.noted and random.getrandbits(1):
                self._cut_again(life, action, at, payload)
        life.stop()
        _, writes = self._recover(flash, truth, AllowedFiles(life))
        expect(not writes, "recovering writes nothing, after a cut", len(writes))
        flash.mount("/again")
        _check_frames(Parts("/again", truth, None).queue)
        vfs.umount("/again")

    def _cut_again(self, life, action, at, payload):
        """Cut one write of an action that was done after a cut of the write (at, payload)."""
        writes = list(life.flash.writes())
        i = random.randint(0, len(writes) - 1)
        flash = self._forks[1]
        for at, payload in writes[:i]:
            do(flash.cells, at, payload)
        outcome = random.choice(outcomes(writes[i][1]))
        self.case = self._first_case, (action, i) + writes[i][:1] + (len(writes[i][1]), outcome)
        tear(flash.cells, *writes[i], outcome)
        # The first cut may have left the second half of a write, and this write may add its first
        # half: the first write is then complete, with its own row.
        if not payload or flash.cells[at : at + len(payload)] != payload:
            self._recover(flash, life.truth, AllowedFiles(life, i))

    def _recover(self, flash, config, allowed):
        """Mount and open a fork; return the truth of its state and the writes of the recovery."""
        flash.forget()
        flash.mount("/fork")
        try:
            repairs = flash.repair("/fork")
            parts = Parts("/fork", config, random.choice((None, allowed.before.hint)))
            queue = parts.queue
            if flash.noted > repairs:
                tail = queue.segments and tail_schema(queue, queue.segments[-1])
                foreign = tail != queue.schema
                seen = flash.programs, flash.erases
                expect(foreign or not allowed.before.founded, "recovering writes nothing", seen)
            expect(flash.reads <= READS_MAX, "reads of a recovery", flash.reads)
            return allowed.check(parts, config), list(flash.writes())
        finally:
            vfs.umount("/fork")
