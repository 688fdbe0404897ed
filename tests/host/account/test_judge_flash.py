"""The flash as a witness: read by the specification, and rebuilt for any moment."""

import random
import struct
from itertools import pairwise
from math import log2

import pytest
from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import MS, UNDATED
from wherry_host.account.departures import departures
from wherry_host.account.evidence import FlashWitness
from wherry_host.account.flash import Flash, Ledger, Reading, read_flash
from wherry_host.account.flash_history import history_of
from wherry_host.demo.rig import Rig
from wherry_host.virtual.flash_log import entries
from wherry_host.virtual.image import Image

EPOCH_US = 946_684_800_000_000
ENDS = 12
RUN_COUNT, OPERATION_COUNT_MAX = 200, 400


def test_the_flash_is_read_as_the_node_wrote_it(tmp_path):
    channels = [("a", "", 1), ("b", "V", 0)]
    root = f"{tmp_path}/data"
    queue = Queue(root, channels, True, 1 << 20)
    queue.append(MS | UNDATED, 1, 5, 250, 3, [15, 7])
    queue.append(MS, 0, 1000, 1, 1, [-4])
    queue.append(MS | UNDATED, 2, 9, 0, 2, [9])
    for folder in ("cursors", "aside"):
        (tmp_path / "data" / folder).mkdir()
    ledger = in_file(f"{root}/cursors/harbor")
    ledger.row, ledger.channel, ledger.dropped = 1, 1, 12
    ledger.save()
    # The anchor of boot 1: its tick 6000 ms was 900 s after the start of 2000.
    small_file.write(f"{root}/anchors", struct.pack("<Iqq", 1, 6000, 900_000))
    image = Image.create(tmp_path / "flash.img", 256 << 10)
    with Image(image) as opened:
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                opened.write(str(path.relative_to(tmp_path)), path.read_bytes())
    flash = read_flash(image.read_bytes())
    assert [(each.row, each.channel, each.value, each.stamp_us) for each in flash.readings] == [
        (0, "a", 1.5, EPOCH_US + 899_250_000),
        (0, "b", 7.0, EPOCH_US + 899_250_000),
        (1, "a", -0.4, EPOCH_US + 1_000_001_000),
        (2, "b", 9.0, None),
    ]
    assert (flash.readings[3].boot, flash.readings[3].ticks_us) == (2, 9_000_000)
    assert flash.ledger_of("harbor") == Ledger(1, 1, dropped=12)
    assert 0 < flash.fullness < 0.5 and flash.queue_size > 0
    blank = read_flash(Image.create(tmp_path / "blank.img", 256 << 10).read_bytes())
    assert blank.readings == [] and blank.ledgers == {}


def struck(rig, chance):
    """End the program at a random moment, in a random way."""
    rig.board.wait_line("row ", since=len(rig.board.lines))
    kind = chance.choice(("kill", "cut", "write"))
    if kind == "write":
        since = len(rig.board.events)
        rig.board.cut_at_write(chance.randint(1, 20))
        rig.board.wait_event("cut", since=since)
    else:
        getattr(rig.board, kind)()
    if kind != "kill":
        rig.board.power_on()


@pytest.mark.parametrize("board_name", ["virtual", "virtual_ring"])
def test_the_image_of_any_moment_is_rebuilt_from_the_log(board_name):
    seed = random.getrandbits(20)
    print("seed", seed)
    chance = random.Random(seed)
    with Rig(scale=10, seed=seed, board={"boot_ms": 50}, board_name=board_name) as rig:
        rig.deploy_image()
        rig.board.start()
        for _ in range(ENDS):
            struck(rig, chance)
        rig.board.cut()
        # The flash is written while the board is off; then the board continues.
        with Image(rig.board.flash) as image:
            image.write("note", b"by hand")
        rig.board.power_on()
        rig.board.wait_line("row ", since=len(rig.board.lines))
        rig.board.cut()
        history = history_of(rig.board.flash, rig.board.events)
        assert history.image_after(history.count) == rig.board.flash.read_bytes()
        witness = FlashWitness(history)
        # The count of rows only grows, and only cuts leave operations unfinished.
        sizes = [len(witness.after(count).readings) for count in range(0, history.count, 7)]
        assert sizes[0] == 0 and sizes == sorted(sizes) and sizes[-1] > ENDS, seed
        log = rig.board.flash.with_name("flash.img.log").read_bytes()
        assert sum(not entry.is_done for entry in entries(log)) <= ENDS


# Rows that left, found by halving the run


class Log:
    """A FlashWitness: `moments` are the rows after each operation."""

    def __init__(self, moments):
        self.moments = moments
        self.count = len(moments) - 1
        self.read_count = 0

    def after(self, count):
        self.read_count += 1
        readings = [Reading(row, 0, "t", 0.5, row) for row in self.moments[count]]
        return Flash(readings=readings, queue_size=count)


def random_run(chance):
    """Return the rows after each operation: rows come in order; any but the newest may leave."""
    moments, rows, newest = [()], [], -1
    may_leave = chance.choice((0, 0.01, 0.1))
    for _ in range(chance.randint(1, OPERATION_COUNT_MAX)):
        if len(rows) > 1 and chance.random() < may_leave:
            begin = chance.choice((0, chance.randrange(len(rows) - 1)))
            end = min(begin + chance.randint(1, 9), len(rows) - 1)
            del rows[begin : end : chance.choice((1, 2))]
        elif chance.random() < 0.5:
            # Skipped numbers were never there.
            first = newest + (9 if chance.random() < 0.02 else 1)
            newest = first + chance.randint(0, 4)
            rows += range(first, newest + 1)
        moments.append(tuple(rows))
    return moments


def left(moments):
    """Return [(operation, the rows that it removed)], by examining each operation."""
    pairs = enumerate(pairwise(moments))
    gone = [(count, set(before).difference(after)) for count, (before, after) in pairs]
    return [(count, rows) for count, rows in gone if rows]


def test_departures_are_found_as_by_a_full_search():
    seed = random.getrandbits(20)
    print("seed", seed)
    for case in range(RUN_COUNT):
        moments = random_run(random.Random(f"{seed} {case}"))
        log = Log(moments)
        found = [(each.queue_size, {row.row for row in each.readings}) for each in departures(log)]
        expected = left(moments)
        assert found == expected, (seed, case)
        numbers = sorted({-1}.union(*moments))
        jumps = sum(after > before + 1 for before, after in pairwise(numbers))
        looks = (len(expected) + jumps) * (log2(len(moments)) + 1) + 2
        assert log.read_count <= looks, (seed, case, log.read_count, looks)
