"""The queue compared with a list, by hypothesis: random commands, on CPython and on MicroPython.

Both run queue_program.py; the one in MicroPython gets its commands over a pipe and has a littlefs.
"""

import json
import random
import subprocess

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from support.boards.compiled_lib import compiled_lib
from support.boards.queue_program import LOST_BOOT, Program
from support.places import MICROPYTHON, ROOT
from wherry.reading import VALUE_MAX
from wherry.rows.frame import MS, RICE, ROWS, UNDATED

EXAMPLE_COUNT = 20
STEP_COUNT = 40
# On the smaller littlefs the flash itself fills up: folders take 12 blocks or more, and the rest
# is for segments, wide rows and set-aside readings.
SIZE_MAX = 65_536
BLOCK_COUNTS = (26, 64)
WIDE = [[f"c{i}", "", i % 4] for i in range(32)]
CHANNELS = [
    [["t", "°C", 2]],
    [["t", "°C", 2], ["h", "%", 2], ["p", "hPa", 2]],
    [["h", "%", 1], ["t", "°C", 2]],
    WIDE,
]
# One example in FULL_EVERY begins with a queue that is nearly full, with this many wide rows.
FULL_EVERY, FULL_ROW_COUNT = 6, 380
VALUES = st.integers(-VALUE_MAX, VALUE_MAX) | st.integers(-300, 300)


class FlashFullError(Exception):
    """The flash lacks room for a small file; a row would have dropped the oldest segment."""


class OnCPython(Program):
    """The program in this process."""

    def ask(self, *command):
        return json.loads(self.do(json.dumps(command)))


class OnMicroPython:
    """The program in a MicroPython process, as long as the `with` lasts."""

    def __enter__(self):
        command = [MICROPYTHON, "-X", "heapsize=16m"]
        command += ["tests/support/boards/queue_program.py", compiled_lib()]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        return self

    def ask(self, *command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if answer.startswith("raised OSError(28"):
            raise FlashFullError
        assert answer.startswith(("[", "null")), f"{command}: {answer}"
        return json.loads(answer)

    def __exit__(self, *_):
        self.process.communicate(timeout=30)


class QueueMachine(RuleBasedStateMachine):
    """The model: every row ever appended, the first remaining one, and the readings settled."""

    program = OnCPython()

    @initialize(
        block_count=st.sampled_from(BLOCK_COUNTS),
        kind=st.sampled_from((ROWS, RICE)),
        is_full=st.integers(0, FULL_EVERY - 1),
    )
    def begin(self, block_count, kind, is_full):
        self.rows, self.first, self.total = [], 0, 0
        self.cursor, self.set_asides = (0, 0), []
        self.channels, self.ms, self.kind = CHANNELS[1], False, kind
        self.s = 848_000_000
        self.program.ask("new", block_count)
        if not is_full:
            self.channels = WIDE
        self.reopen()
        if not is_full:
            self.append_many(FULL_ROW_COUNT, 0, True)

    def reopen(self):
        account, first = self.program.ask("open", self.channels, self.ms, SIZE_MAX, self.kind)
        if first > self.first:
            # A full flash needed the room of the rows in the row file; the ledger has counted
            # them.
            self.drop([(first, sum(len(row[5]) for row in self.rows[:first]))])
        assert account == [len(self.rows), self.total, 0, len(self.waiting())]

    def waiting(self):
        """The readings not settled as (row, index, name, value, s), with None for s if undated."""
        found = []
        for number, flags, boot, s, _, measured in self.rows[self.first :]:
            s = None if flags & UNDATED and boot == LOST_BOOT else s
            found += [
                (number, index, name, value, s)
                for index, name, value in measured
                if (number, index) >= self.cursor
            ]
        return found

    @rule(cut=st.booleans(), kind=st.sampled_from((ROWS, RICE)))
    def open_again(self, cut, kind):
        if cut:
            self.program.ask("cut")
        self.kind = kind
        self.reopen()

    @rule(channels=st.sampled_from(CHANNELS), ms=st.booleans())
    def change_channels(self, channels, ms):
        self.channels, self.ms = channels, ms
        self.reopen()

    @rule(
        choose=st.randoms(use_true_random=False),
        step=st.integers(-2, 100) | st.integers(-(1 << 20), 1 << 20),
        ms=st.integers(0, 999),
        boot=st.integers(0, LOST_BOOT),
        value=VALUES,
    )
    def append(self, choose, step, ms, boot, value):
        mask = choose.randrange(1, 1 << len(self.channels))
        values = [value + choose.randint(-3, 3) for _ in range(mask.bit_count())]
        values = [max(-VALUE_MAX, min(VALUE_MAX, each)) for each in values]
        self.s = max(0, self.s + step)
        flags = (MS if self.ms else 0) | (UNDATED if boot else 0)
        self.keep(flags, boot, self.s, ms if self.ms else 0, mask, values)

    @rule(count=st.integers(1, 120), seed=st.integers(0, 1 << 20), wild=st.booleans())
    def append_many(self, count, seed, wild):
        for row in self.many(count, seed, wild):
            self.keep(*row)

    def many(self, count, seed, wild):
        """Yield rows of all channels, a minute apart."""
        choose = random.Random(seed)
        mask, spread = (1 << len(self.channels)) - 1, VALUE_MAX if wild else 3
        for _ in range(count):
            self.s += 60
            values = [choose.randint(-spread, spread) for _ in self.channels]
            yield MS if self.ms else 0, 0, self.s, 7 if self.ms else 0, mask, values

    @rule(
        count=st.integers(0, 20) | st.integers(0, 400),
        seed=st.integers(0, 1 << 20),
        wild=st.booleans(),
    )
    def extend(self, count, seed, wild):
        rows = list(self.many(count, seed, wild))
        end, drops = self.program.ask("extend", rows)
        for row in rows:
            self.know(*row)
        assert end == len(self.rows)
        self.drop(drops)

    def keep(self, flags, boot, s, ms, mask, values):
        number, drops = self.program.ask("append", flags, boot, s, ms, mask, values)
        assert number == len(self.rows)
        self.drop(drops)
        self.know(flags, boot, s, ms, mask, values)

    def know(self, flags, boot, s, ms, mask, values):
        """Put a row into the model."""
        indexes = [index for index in range(len(self.channels)) if mask >> index & 1]
        measured = [(i, self.channels[i][0], v) for i, v in zip(indexes, values, strict=True)]
        self.rows.append((len(self.rows), flags, boot, s, ms, measured))
        self.total += len(measured)

    def drop(self, drops):
        """Remove the rows that the queue has dropped, and compare the counts."""
        for end, readings in drops:
            assert self.first < end <= len(self.rows)
            assert readings == sum(len(row[5]) for row in self.rows[:end])
            self.first, self.cursor = end, max(self.cursor, (end, 0))

    @rule()
    def spill(self):
        self.drop(self.program.ask("spill")[1])

    @rule(part=st.floats(0, 1))
    def read(self, part):
        row = round(part * len(self.rows))
        expected = [
            [number, flags, boot, s, ms, [[name, value] for _, name, value in measured]]
            for number, flags, boot, s, ms, measured in self.rows[max(row, self.first) :]
        ]
        assert self.program.ask("read", row) == expected

    @rule(count=st.integers(1, 200) | st.integers(1, 5000))
    def deliver(self, count):
        ready = self.waiting()
        dated = [index for index, reading in enumerate(ready) if reading[4] is None]
        ready = ready[: min(count, *dated[:1], len(ready))]
        expected = [[number, name, value, s] for number, _, name, value, s in ready]
        try:
            assert self.program.ask("deliver", count) == expected
        except FlashFullError:
            self.reopen()  # Nothing has changed in flash.
            return
        if ready:
            self.cursor = (ready[-1][0], ready[-1][1] + 1)

    @rule(status=st.sampled_from((0, 400, 422)), reason=st.sampled_from(("", "no such cargo °")))
    def set_aside(self, status, reason):
        if self.waiting():
            number, index, name, value, _ = self.waiting()[0]
            try:
                self.program.ask("set_aside", status, reason)
            except FlashFullError:
                self.reopen()
                return
            self.cursor = (number, index + 1)
            self.set_asides.append([number, name, value, self.rows[number][3], status, reason])
            assert self.program.ask("asides") == self.set_asides

    @invariant()
    def the_account_balances(self):
        account = self.program.ask("account")
        assert account == [len(self.rows), self.total, 0, len(self.waiting())]

    def teardown(self):
        if hasattr(self, "rows"):
            self.read(0)


def check_machine(program, count, seed):
    """Run `count` examples of some commands each."""
    chosen = hypothesis.settings(
        max_examples=count,
        stateful_step_count=STEP_COUNT,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Machine", (QueueMachine,), {"program": program})
    run_machine(hypothesis.seed(seed)(machine), settings=chosen)


def check_properties(count, seed):
    """Test the properties on both interpreters; `count` examples on each."""
    check_machine(OnCPython(), count, seed)
    with OnMicroPython() as program:
        check_machine(program, count, seed + 1)


def test_the_queue_is_a_list_on_cpython():
    seed = random.getrandbits(30)
    print(f"{EXAMPLE_COUNT} examples of {STEP_COUNT} commands, seed {seed}")
    check_machine(OnCPython(), EXAMPLE_COUNT, seed)


def test_the_queue_is_a_list_on_micropython():
    seed = random.getrandbits(30)
    print(f"{EXAMPLE_COUNT} examples of {STEP_COUNT} commands, seed {seed}")
    with OnMicroPython() as program:
        check_machine(program, EXAMPLE_COUNT, seed)
