"""Wakes that only add a row to the row file leave the same flash as the node's own turns.

Two nodes run in parallel, each with its own flash and RTC memory: one always wakes completely, the
other as main.py does, as a row wake where that is enough.
"""

import pytest
from support.boards import row_wakes
from support.boards.firmware_run import found_by
from support.boards.row_wakes import SYNCED
from wherry.rows.frame import ROWS

SEED = 20261127
WAKES = 50
# The only field of the state that may differ: when rows in RTC memory are moved. No row waits
# there.
FLUSH_DUE = 27
PROGRAM = """
import os, struct, vfs

class Life:
    def __init__(self, *ways):
        begin()
        self.ways, self.memory, self.flash = ways, bytes(Dozing.memory), mount({})
        self.memory_before = self.memory

    def wake(self, value, fault, now_ms):
        Sensor.value, Clock.now_ms = value, now_ms
        self.mount()
        if fault: getattr(self, fault)()
        self.memory_before = self.memory
        Dozing.memory[:] = self.memory
        self.row_ms = woken(self.ways[0])
        # main.py has the node follow.
        slept_ms = self.row_ms or woken(*self.ways[1:])
        self.memory = bytes(Dozing.memory)
        if fault == "fail": del self.flash.writeblocks
        return slept_ms

    def mount(self):
        vfs.umount("/")
        vfs.mount(vfs.VfsLfs2(self.flash), "/")

    # Faults

    def fail(self):
        self.flash.writeblocks = lambda *_: -5
        self.mount()

    def damage(self):
        content = bytearray(self.row_file())
        content[len(content) // 2] ^= 4
        with open("/data/rows/open", "wb") as file: file.write(content)

    def empty(self):
        with open("/data/rows/open", "wb") as file: pass

    def go_back(self):
        # A reset before the state was saved.
        self.memory = self.memory_before

    # The results

    def state(self):
        # But for its number.
        from wherry.stage.memory import FORM
        from wherry.stage.newest import newest_copy
        values = struct.unpack_from(FORM, newest_copy(self.memory)[1])
        return [list(each) if isinstance(each, bytes) else each for each in values[2:]]

    def row_file(self):
        self.mount()
        try:
            with open("/data/rows/open", "rb") as file: return list(file.read())
        except OSError: return None

    def rows(self):
        self.mount()
        Dozing.memory[:] = self.memory
        for name in set(sys.modules) - fresh: sys.modules.pop(name)
        import assemble
        _, node = assemble.make_node(Settings.read(), Watchdog(90_000))
        reader, found = node.queue.reader(), []
        reader.seek(0)
        while reader.next():
            row = reader.rows
            values = [row.values[i] for i in range(len(row.values)) if row.mask >> i & 1]
            found.append([row.row, row.flags, row.boot, row.s, row.ms, row.mask, values])
        return found, node.queue.next_row, node.queue.readings, node.stage.count

lives = [Life(as_row_wake, as_node), Life(as_node)]
now_ms, found = given["every_ms"], []
for value, fault in given["wakes"]:
    slept = [life.wake(value, fault, now_ms) for life in lives]
    a, b = lives[0].state(), lives[1].state()
    differing = [i for i in range(len(a)) if a[i] != b[i]]
    files = [life.row_file() for life in lives]
    found.append([bool(lives[0].row_ms), slept, differing, files[0] == files[1]])
    now_ms = Clock.now_ms + min(slept)
found = [found, [life.rows() for life in lives]]
"""


@pytest.fixture
def lives(tmp_path):
    """Return a function that runs the wakes [(values, fault), …] of two nodes and compares them.

    It returns for each wake whether it was a row wake, and both nodes' rows: ([row, …], next row,
    readings, rows in RTC memory).
    """

    def run(values, state=None, **node):
        given = row_wakes.given(tmp_path, ROWS, state, **node) | {"wakes": values}
        wakes, (rows, whole) = found_by(row_wakes.PROGRAM + PROGRAM, given)[0]
        for i, (_, (slept_ms, node_ms), differing, is_same) in enumerate(wakes):
            assert slept_ms == node_ms and set(differing) <= {FLUSH_DUE}, (i, SEED)
            assert is_same, f"row files differ after wake {i}, seed {SEED}"
        assert rows == whole
        return [each[0] for each in wakes], rows

    return run


def weather(count, **faults):
    """Return (three values, fault) for some wakes; `faults` are {fault: the wake's number}."""
    at = {number: fault for fault, number in faults.items()}
    values = enumerate(row_wakes.weather(count, SEED))
    return [(each, at.get(number)) for number, each in values]


@pytest.mark.parametrize(("state", "node"), [
    ({}, {}), (SYNCED, {"stamps": "ms"}), (SYNCED, {"queue_coding": "rice"}),
])  # fmt: skip
def test_most_wakes_add_a_row_to_the_row_file_and_agree_with_the_node(lives, node, state):
    are_row_wakes, (rows, next_row, readings, waiting) = lives(weather(WAKES), state, **node)
    assert [row[0] for row in rows] == list(range(WAKES))
    assert (next_row, readings, waiting) == (WAKES, 3 * WAKES, 0)
    # The node creates the row file, and moves a full one.
    whole = [i for i, is_row_wake in enumerate(are_row_wakes) if not is_row_wake]
    assert whole[0] == 0 and 2 <= len(whole) <= 4, whole


@pytest.mark.parametrize(("fault", "lost"), [
    ("fail", 0), ("damage", 10), ("empty", 10), ("go_back", 0),
])  # fmt: skip
def test_the_queue_finds_faults_of_the_row_file(lives, fault, lost):
    are_row_wakes, (rows, next_row, _, waiting) = lives(weather(20, **{fault: 10}), SYNCED)
    assert not are_row_wakes[10] and are_row_wakes[-1]
    assert len(rows) == 20 - lost and waiting == 0
    assert rows[-1][0] == next_row - 1
