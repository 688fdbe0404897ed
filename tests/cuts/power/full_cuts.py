"""Cuts the power in each write of full stores.

Every cut, and a second one within the work that the next start finishes, must leave the state
before or after the action: the same rows, and each ledger counting every reading once.
"""

import random

import vfs
from flash import Flash, do, outcomes, tear
from full import FullLife
from truth import expect
from wherry.queue import new_segment
from wherry.rows import segment
from wherry.rows.frame import RICE, ROWS
from wherry.sending.begin import begin

_SIZES_FULL = (400, 500, 600)
_BLOCK_COUNT = 48
_ACTIONS_CUT = 6


class FullCuts:
    """Cuts the power of lives: `count` cuts; `case` is the last one."""

    def __init__(self):
        self._flash, *self._forks = [Flash(_BLOCK_COUNT) for _ in range(4)]
        self._base = bytearray(len(self._flash.cells))
        self.count = 0
        self.case = ()

    def live(self) -> None:
        """Run a life, and cut some of its actions at every write."""
        self._flash.format()
        segment.SIZE_FULL, segment.COUNT_MIN = random.choice(_SIZES_FULL), 6
        new_segment.FOLDER_COUNT_MAX = random.randint(1, 4)
        size_max = segment.SIZE_FULL * random.randint(6, 9)
        life = FullLife(self._flash, size_max, random.choice((ROWS, RICE)), [])
        life.start("/life")
        try:
            life.prepare()
            for i in range(_ACTIONS_CUT):
                if i & 1:
                    life.finish()
                self._cut_action(life, random.choice(("thin", "thin", "append", "refuse")))
                life.deliver_some()
        finally:
            vfs.umount("/life")

    def _cut_action(self, life, action):
        """Do an action, and cut each of its writes in every way."""
        flash = life.flash
        # `found` creates a missing folder.
        before = life.found(life.path)
        self._base[:] = flash.cells
        flash.forget()
        getattr(life, action)()
        writes = list(flash.writes())
        behind = life.found(life.path)
        for i, (at, payload) in enumerate(writes):
            for outcome in outcomes(payload):
                self.case = action, i, at, len(payload), outcome
                self.count += 1
                fork = self._forks[0]
                fork.cells[:] = self._base
                tear(fork.cells, at, payload, outcome)
                self._recover(life, before, behind)
            do(self._base, at, payload)

    def _recover(self, life, before, behind):
        """Start on the first fork, and cut some of the writes that finish the action."""
        fork, base = self._forks[0], self._forks[1].cells
        base[:] = fork.cells
        writes = self._start(life, fork, before, behind)
        for at, payload in writes:
            if random.randint(0, 2) == 0:
                again = self._forks[2]
                again.cells[:] = base
                tear(again.cells, at, payload, random.choice(outcomes(payload)))
                self._start(life, again, before, behind)
            do(base, at, payload)

    def _start(self, life, fork, before, behind):
        """Start on a fork, check its state, sometimes continue; return the writes of the start."""
        fork.forget()
        fork.mount("/fork")
        again = FullLife(fork, life.size_max, life.kind, list(life.rows))
        try:
            repairs = fork.repair("/fork")
            again.open("/fork")
            seen = fork.programs, fork.erases
            expect(fork.noted == repairs, "opening writes nothing", seen)
            for upload in again.uploads:
                begin(upload, 0)
            writes = list(fork.writes())
            rows, ledgers = again.found("/fork")
            _check(rows, ledgers, before, behind)
            if random.randint(0, 3) == 0:
                self._go_on(again)
            return writes
        finally:
            vfs.umount("/fork")

    def _go_on(self, life):
        """Append, thin and deliver after a cut: every reading is counted once."""
        life.rows = life.rows[: life.queue.next_row]
        life.queue.is_thinning = True
        for _ in range(3):
            life.append()
            life.thin()
        life.deliver_some()
        life.refuse()
        life.found("/fork")


def _check(rows, ledgers, before, behind):
    """Expect the rows, and each ledger, to be the old or the new ones."""
    first = min(before[0][0], behind[0][0])
    old = [row for row in before[0] if row >= first]
    newest = rows[len(rows) - 1] if rows else -1
    expect(newest >= old[len(old) - 1], "each row that was appended is there", newest)
    known = rows[: len(old)] == old
    if not known:
        known = rows == behind[0][: len(rows)]
    expect(known, "the rows are the old or the new ones", len(rows), len(old), len(behind[0]))
    for found, one, other in zip(ledgers, before[1], behind[1]):
        expect(found in (one, other), "a ledger is the old or the new one", found, one, other)
