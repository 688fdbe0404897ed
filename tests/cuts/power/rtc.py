"""RTC memory through resets in the middle of a copy, flipped bits and garbage.

The state is the one saved last or the one just being saved. The rows are the waiting ones, except
at most the one being added; no row is invented, and no drained row comes back. After a reset
the copied part is a prefix, which may end within a word, or some words in any order.
"""

import random

from truth import expect
from wherry.rows.frame import RICE, ROWS
from wherry.stage.memory import RECORD_AT, RECORD_SIZE, SIZE
from wherry.stage.recovery import forget
from wherry.stage.stage import Stage

CHANNEL_COUNT = 4
_ACTION_COUNT = 30
_WORD_SIZE = 4
_SHUFFLED_COUNT = 20
_FLIPPED_COUNT = 40
# These bytes, a small part of the memory, are critical.
_RECORD_PLACES = tuple(range(RECORD_AT, RECORD_AT + 2 * RECORD_SIZE))


class Memory:
    """`content` survives a reset; `steps` are (before, after) of each flush of an action."""

    def __init__(self, content):
        self.content = bytearray(content)
        self.steps = []

    def stage(self) -> Stage:
        """Return the stage as a wake creates it, for frames of a random kind."""
        buffer = bytearray(self.content)

        def flush():
            self.steps.append((bytes(self.content), bytes(buffer)))
            self.content[:] = buffer

        return Stage(buffer, flush, CHANNEL_COUNT, random.choice((ROWS, RICE)))


class StageLife:
    """A stage filled, saved and drained at random; `count` is the number of resets tried."""

    def __init__(self):
        self.count = 0
        self.case = ()
        memory = bytes([random.getrandbits(8) for _ in range(SIZE)])
        self._memory = Memory(memory)
        self._stage = self._memory.stage()
        expect(self._stage.state is None, "random memory is a power cut")
        self._stage.new_state()
        self._number = self._stage.state.boot = 1
        self._stage.save()
        self._stage.save()
        self._rows = []
        self._values = [random.getrandbits(20) for _ in range(CHANNEL_COUNT)]

    def live(self, action_count: int) -> None:
        """Do random actions, and reset within each flush."""
        for _ in range(action_count):
            action = random.choice(
                ("append",) * 9 + ("save", "wake", "fill", "drain", "drain_some")
            )
            rows, boot = list(self._rows), self._stage.state.boot
            self._memory.steps = []
            getattr(self, "_" + action)()
            for before, behind in self._memory.steps[-2:]:
                self._reset_everywhere(before, behind, action, boot, rows)
            self._flip(action)

    def _append(self):
        """Stage a row, of random size."""
        row = self._random_row()
        if self._stage.append(*row):
            self._rows.append(row)
            self._number += 1

    def _fill(self):
        """Stage many rows; the last one's flush is examined."""
        for _ in range(random.randrange(60)):
            self._append()
        self._memory.steps = self._memory.steps[-1:]

    def _random_row(self):
        bits = random.choice((1, 3, 3, 10, 27))
        self._values = [each + random.getrandbits(bits) & 0xFFFFFFF for each in self._values]
        full = (1 << CHANNEL_COUNT) - 1
        mask = full if random.randrange(9) else random.getrandbits(CHANNEL_COUNT) or 1
        values = [self._values[i] for i in range(CHANNEL_COUNT) if mask >> i & 1]
        return self._number, 0, 0, 60 * self._number + random.getrandbits(1), 0, mask, values

    def _save(self):
        """Save another state."""
        self._stage.state.boot += 1
        self._stage.save()

    def _wake(self):
        """Sleep, and create the stage again."""
        self._stage = self._memory.stage()
        expect(_staged(self._stage) == self._rows, "rows after a wake")
        self._append()

    def _drain(self):
        """Forget the rows, as is done once the queue has them."""
        self._stage.forget_rows()
        self._rows = []

    def _drain_some(self):
        """Forget the first rows, as if the flash failed at the next one."""
        if self._rows:
            row = random.choice(self._rows)[0]
            forget(self._stage, row + 1)
            self._rows = [each for each in self._rows if each[0] > row]

    def _reset_everywhere(self, old, new, action, boot, rows):
        boots = boot, self._stage.state.boot
        # All rows, or all but the action's last row.
        known = self._rows, self._rows[:-1] if len(self._rows) > len(rows) else rows
        for cut in range(SIZE + 1):
            if cut == SIZE or old[cut] != new[cut]:
                self._check(new[:cut] + old[cut:], (action, cut), boots, known)
        for _ in range(_SHUFFLED_COUNT):
            self._check(_shuffled(old, new), (action, "words"), boots, known)

    def _check(self, content, case, boots, known):
        """Expect the state and the rows to be the old or the new ones."""
        self.count += 1
        self.case = case
        memory = Memory(content)
        stage = memory.stage()
        expect(stage.state is not None, "one copy of the state is whole")
        expect(stage.state.boot in boots, "the state is the old or the new one", stage.state.boot)
        found = _staged(stage)
        expect(found in known, "staged rows", [len(each) for each in known], found)
        expect(stage.count == len(found), "rows are missed", stage.count)
        self._go_on(memory, stage, found, known)

    def _go_on(self, memory, stage, found, known):
        """Expect a row to be kept immediately, and all rows to be there at the next wake.

        A second reset may complete what the first one tore.
        """
        row = self._random_row()
        if stage.append(*row):
            more = found + [row]
            expect(_staged(stage) == more, "a row after a reset")
            expect(_staged(memory.stage()) == more, "a row after a reset and a sleep")
            again = Memory(_shuffled(*memory.steps[-1])).stage()
            expect(_staged(again) in known + (more,), "a row after two resets")

    def _flip(self, action):
        """Flip a bit, and expect it to cost the newer state or the frame that it is in."""
        boot = self._stage.state.boot
        for _ in range(_FLIPPED_COUNT):
            at = random.choice((random.randrange(SIZE), random.choice(_RECORD_PLACES)))
            content = bytearray(self._memory.content)
            content[at] ^= 1 << random.randint(0, 7)
            self.count += 1
            self.case = action, "flipped", at
            memory = Memory(content)
            stage = memory.stage()
            expect(stage.state and stage.state.boot in (boot, boot - 1), "a state is left")
            found = _staged(stage)
            expect(_is_part(found, self._rows), "no row is invented by a flipped bit", found)
            self._go_on(memory, stage, found, (found, self._rows))


class StageLives:
    """Lives of stages: `count` resets; `case` is the last one."""

    def __init__(self):
        self.count = 0
        self.case = ()

    def live(self) -> None:
        """Run a life."""
        life = StageLife()
        try:
            life.live(_ACTION_COUNT)
        finally:
            self.count += life.count
            self.case = life.case


def _is_part(found, rows):
    """Return True if rows are a subsequence of others."""
    rest = iter(rows)
    return all(any(each == row for row in rest) for each in found)


def _shuffled(old, new):
    """Return the memory after only some words of a copy have arrived."""
    content = bytearray(old)
    for at in range(0, SIZE, _WORD_SIZE):
        end = at + _WORD_SIZE
        if old[at:end] != new[at:end] and random.getrandbits(1):
            content[at:end] = new[at:end]
    return content


def _staged(stage):
    found = []
    for rows in stage.waiting():
        mask = rows.mask
        values = [rows.values[i] for i in range(CHANNEL_COUNT) if mask >> i & 1]
        found.append((rows.row, rows.flags, rows.boot, rows.s, rows.ms, mask, values))
    return found
