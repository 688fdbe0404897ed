"""Cuts the power in each write of a ring's action, in all ways a cut can leave it, and recovers.

I1  every row whose append returned is there, unless dropped and counted
I2  the rows have no gap; a frame being added is there completely or not at all
I3  a ledger is the one saved last, or the one being saved
I4  recovering writes nothing
I5  appending and delivering work immediately, and their results survive another recovery
I6  recovering reads at most a bound
"""

import random

from flash import do, outcomes, tear
from ring_life import LABELS, NoRoomError, Partition, RingLife, counts_of
from truth import Allowed, Truth, expect
from wherry.ring.ring import Ring

# Reads of a recovery, unless the ring lacks pages: some heads, and two pages in pieces of 1 KB.
READS_MAX = 20
_ROWS_READ_MAX = 24
_ACTIONS_UNCUT = (0, 0, 10, 40, 160)
_ACTIONS_CUT = 12


class AllowedRing(Allowed):
    """The allowed contents of the flash after the cut."""

    def check(self, ring: Ring, config: Truth) -> Truth:
        """Expect the ring to be in an allowed state, and return the truth of that state."""
        truth = self.after.copy()
        truth.channels, truth.ms, truth.kind = config.channels, config.ms, config.kind
        # All rows may have been dropped for others that were then not added.
        rows = self.check_rows(ring, ring.reader(), ring.next_row, _ROWS_READ_MAX)
        truth.first, truth.count = rows
        expect(not ring.damaged, "a cut damages nothing, says the reader", ring.damaged)
        truth.ledgers = [counts_of(ring.ledger(label)) for label in LABELS]
        self.check_ledgers(truth)
        return truth


class Forks:
    """Cuts of lives: `count` cuts; `case` is the last one."""

    def __init__(self):
        self.count = self.reads_most = 0
        self.case = ()

    def live(self) -> None:
        """Run a life, which ends early if a ledger lacks room, and cut its last actions."""
        try:
            life = RingLife()
            for _ in range(random.choice(_ACTIONS_UNCUT)):
                life.do()
            for _ in range(_ACTIONS_CUT):
                self._cut_action(life)
        except NoRoomError:
            pass

    def _cut_action(self, life):
        """Do a random action of a life, and cut it everywhere."""
        base = bytearray(life.flash.cells)
        action = life.do()
        expect(not life.flash.wrong_bits, "programs turn ones into zeros only", action)
        flash = Partition(life.flash.block_count)
        for i, (at, payload) in enumerate(list(life.flash.writes())):
            for outcome in outcomes(payload):
                self.count += 1
                self.case = action, i, at, len(payload), outcome
                flash.cells[:] = base
                tear(flash.cells, at, payload, outcome)
                self._cut(life, flash, AllowedRing(life, i))
            do(base, at, payload)

    def _cut(self, life, flash, allowed):
        # The channels may be the old ones or the new ones, if they have just changed.
        config = random.choice((life.before, life.truth))
        truth = self._recover(life, flash, config, allowed)
        if random.randint(0, 5) == 0:
            try:
                self._go_on(life, flash, truth)
            except NoRoomError:
                pass

    def _recover(self, life, flash, config, allowed):
        """Open a fork; return the truth of its state."""
        flash.forget()
        # RTC memory may have survived, if this was a reset rather than a cut.
        hint = random.choice((None, None, allowed.before.hint))
        form = config.channels, config.ms, hint, None, None, config.kind, config.own_count
        ring = Ring(flash, life.root, *form)
        expect(not flash.noted, "recovering writes nothing", flash.programs, flash.erases)
        if ring.sequence >= 0:
            self.reads_most = max(self.reads_most, flash.reads)
        expect(self.reads_most <= READS_MAX, "reads of a recovery", flash.reads)
        truth = allowed.check(ring, config)
        expect(not flash.noted, "reading writes nothing", flash.programs, flash.erases)
        return truth

    def _go_on(self, life, flash, truth):
        """Append and deliver after a cut, and recover after one more cut."""
        truth.rows, truth.readings = truth.rows[: truth.count], truth.readings[: truth.count + 1]
        truth.hint = None
        again = RingLife(flash, truth, life.root)
        base = bytearray(flash.cells)
        for action in ("append", "append", "deliver", "sleep", "append"):
            base[:] = flash.cells
            again.do(action)
            expect(not flash.wrong_bits, "programs turn ones into zeros only, after a cut", action)
            if flash.noted and random.getrandbits(1):
                self._cut_again(again, base, action)
        self._recover(again, flash, again.truth, AllowedRing(again))

    def _cut_again(self, life, base, action):
        """Cut one write of an action that was done after a cut."""
        writes = list(life.flash.writes())
        i = random.randint(0, len(writes) - 1)
        flash = Partition(life.flash.block_count)
        flash.cells[:] = base
        for at, payload in writes[:i]:
            do(flash.cells, at, payload)
        outcome = random.choice(outcomes(writes[i][1]))
        self.case = self.case[:5] + ((action, i, writes[i][0], len(writes[i][1]), outcome),)
        tear(flash.cells, *writes[i], outcome)
        self._recover(life, flash, life.truth, AllowedRing(life, i))
