"""Order files: their bytes, their state at startup, and a resend interrupted by a power cut."""

import os
from binascii import crc32

from support.node.check import raises
from support.node.chip import Chip
from support.queue.aside import add
from support.queue.folders import fresh
from support.uplinks.scripted import BEGIN_S, CHANNELS, ScriptedRig
from wherry import small_file
from wherry.orders import orders, resend
from wherry.orders.order import Order
from wherry.sending.refusal.aside_files import Aside

# (name, bytes, value)
FIELDS = (
    ("from_s", 4, 1 << 31), ("to_s", 4, 2), ("row", 8, 1 << 30), ("channel", 1, 4),
    ("sent", 8, 5 << 20), ("refused", 8, 6), ("failures", 1, 7), ("pending", 2, 800),
    ("base", 8, 9 << 20), ("end_row", 8, 10 << 20), ("end_channel", 1, 11),
)  # fmt: skip


def coded(**values):
    """Return an order's bytes."""
    return b"".join([values.get(name, 0).to_bytes(size, "little") for name, size, _ in FIELDS])


def test_an_order_has_the_bytes_of_the_spec():
    path = fresh() + "/order"
    values = {name: value for name, _, value in FIELDS}
    assert len(coded(**values)) == 53
    small_file.write(path, coded(**values))
    found = Order(path)
    assert {name: getattr(found, name) for name in values} == values
    found.row = 1 << 40
    found.save()
    assert small_file.read(path) == coded(**dict(values, row=1 << 40))


def test_an_incomplete_order_is_damaged():
    path = fresh() + "/order"
    raises(ValueError, Order, path)
    for content in (b"", bytes(52), bytes(54), bytes(33)):
        small_file.write(path, content)
        raises(ValueError, Order, path)
    with open(path, "wb") as file:
        file.write(bytes(53) + crc32(bytes(54)).to_bytes(4, "little"))
    raises(ValueError, Order, path)


class Started:
    """A node that has just started with files of these names in its orders folder."""

    def __init__(self, *names):
        self.chip = Chip()
        self.node = self.chip.boot()
        self.folder = self.chip.root + "/orders"
        small_file.make_folder(self.folder)
        for name in names:
            small_file.write(self.folder + "/" + name, coded())
        self.chip.lines = []
        self.state = self.node.stage.state
        self.state.send_due = 1 << 40
        orders.begin(self.node, self.folder)

    def left(self):
        return sorted(os.listdir(self.folder))


def test_a_start_keeps_orders_and_sends_immediately_if_one_is_new():
    for names, left, lines in (
        (["replay-harbor"], ["replay-harbor"], []),
        (["replay-harbor", "resend-harbor.new"], ["replay-harbor", "resend-harbor"], []),
        (["replay-harbor", "replay-harbor.new"], ["replay-harbor"], []),
        (["replay-x", "resend-harbor.tmp", "flush", "x", "replay"], [], []),
        (["replay-x.new", "x.new"], [], []),
        (["flush.new"], [], ["order: flush: all rows are in flash"]),
        (["cancel.new"], [], []),
        (["cancel.new", "resend-harbor"], [], ["order: resend-harbor: canceled"]),
    ):  # fmt: skip
        started = Started(*names)
        assert (started.left(), started.chip.lines) == (left, lines), names
        is_new = any(name.endswith(".new") for name in names)
        due = started.node.ticks() if is_new else 1 << 40
        assert started.state.send_due == due, names
        # The same is true after an immediate reset.
        assert started.node.orders == started.folder
        assert started.chip.memory.stage(8).state.send_due == due or not is_new


def test_a_flash_failure_at_a_start_is_reported():
    chip = Chip()
    node = chip.boot()
    folder = chip.root + "/orders"
    small_file.make_folder(folder + "/replay-x/y")
    orders.begin(node, folder)
    assert chip.lines[-1].startswith("order: flash: ") and node.orders == folder


class Node:
    """The parts of a node that a resend needs."""

    def __init__(self, rig):
        self.uploads = rig.uploads


PLACES = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1))


def taken(delivered, set_aside, label="u", status=400, is_first=True, **fields):
    """Settle a delivered batch of a resend; return counts, places still set aside, the order."""
    rig = ScriptedRig(3)
    for row, i in PLACES:
        add(rig.root + "/aside", row, i, CHANNELS[i], 7, BEGIN_S, -1, status, "no", label)
    ledger = rig.ledger
    ledger.row, ledger.delivered, ledger.set_aside = 2, delivered, set_aside
    ledger.channel = 1
    path = rig.root + "/order"
    small_file.write(path, coded(**fields))
    node = Node(rig)
    if not is_first:
        node.uploads = [None] + rig.uploads
    resend.settle(node, rig.upload, Order(path))
    saved = rig.saved()
    counts = saved.delivered, saved.set_aside
    assert counts == (ledger.delivered, ledger.set_aside) or saved.row == 0
    left = [entry[:2] for entry in Aside(rig.root + "/aside").readings()]
    return (ledger.delivered, ledger.set_aside), left, small_file.read(path)


def test_a_delivered_batch_is_settled_once_despite_interruptions():
    batch = {"pending": 2, "base": 5, "row": 0, "channel": 1, "end_row": 1, "end_channel": 1}
    after = coded(row=1, channel=1, base=5, sent=12, end_row=1, end_channel=1)
    left = [(0, 0), (1, 1), (2, 0), (2, 1)]
    for before, counts in (
        # A ledger with more deliveries has already counted this batch.
        ((5, 4), (7, 2)), ((7, 2), (7, 2)), ((5, 1), (6, 0)), ((5, 2), (7, 0)), ((4, 4), (4, 4)),
        ((6, 4), (6, 4)),
    ):  # fmt: skip
        assert taken(*before, sent=10, failures=3, **batch) == (counts, left, after), before


def test_only_readings_refused_by_its_own_server_are_resent():
    batch = {"pending": 1, "row": 0, "channel": 0, "end_row": 9, "end_channel": 1}
    for options, is_ours in (
        ({"label": "u"}, True), ({"label": "x"}, False), ({"label": ""}, True),
        ({"label": "", "is_first": False}, False), ({"is_first": False}, True),
        ({"status": 0}, False), ({"status": 1}, True),
    ):  # fmt: skip
        # Readings at the cursor or past it are still being sent.
        left = [(2, 1)] if is_ours else list(PLACES)
        assert taken(1, 1, **dict(batch, **options))[1] == left, options


def resending(rows, row=0, **fields):
    """Return a rig, its resend and the order's path; both readings of each row are set aside."""
    rig = ScriptedRig(rows)
    for at in range(rows):
        for i in (0, 1):
            add(rig.root + "/aside", at, i, CHANNELS[i], 10 * at + i, BEGIN_S, 5, 400, "no", "u")
    rig.ledger.row, rig.ledger.set_aside, rig.ledger.delivered = rows, 2 * rows, 3
    rig.ledger.save()
    path = rig.root + "/order"
    small_file.write(path, coded(row=row, **fields))
    return rig, resend.source(Node(rig), rig.upload, Order(path)), path


def take(batch, count_max):
    """Take the batch; return its places."""
    batch.open(count_max)
    found = []
    while batch.next():
        found += [(batch.row, i) for i in (0, 1) if batch.mask >> i & 1]
        assert (batch.s, batch.ms, batch.values[1] % 10) == (BEGIN_S, 5, 1)
        batch.take(batch.mask)
    return found


def test_deliveries_are_noted_in_the_order_before_the_ledger():
    rig, source, path = resending(3)
    assert take(source.batch, 3) == [(0, 0), (0, 1), (1, 0)] and source.batch.waiting == 16

    def fail(content):
        raise OSError(5)

    write, rig.ledger._write = rig.ledger._write, fail
    raises(OSError, source.deliver)
    noted = coded(pending=3, base=3, end_row=1, end_channel=1)
    assert small_file.read(path) == noted
    # The next start completes the delivery.
    rig.ledger._write = write
    rig.ledger.delivered, rig.ledger.set_aside = 3, 6
    source = resend.source(Node(rig), rig.upload, Order(path))
    saved = rig.saved()
    assert (saved.delivered, saved.set_aside) == (6, 3)
    done = coded(row=1, channel=1, sent=3, base=3, end_row=1, end_channel=1)
    assert small_file.read(path) == done
    assert take(source.batch, 16) == [(1, 1), (2, 0), (2, 1)]
    source.deliver()
    saved = rig.saved()
    assert (saved.delivered, saved.set_aside) == (9, 0)
    assert take(source.batch, 16) == [] and not source.pass_by()
