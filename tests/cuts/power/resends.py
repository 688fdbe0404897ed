"""Power cuts in each write of a resend.

After each cut and the next start, the set-aside files and the ledger agree: each reading is still
set aside, or was sent and counts as delivered.
"""

import random
import struct

import vfs
from flash import Flash, do, outcomes, tear
from truth import expect
from wherry import small_file
from wherry.orders import resend
from wherry.orders.order import FORM, Order
from wherry.queue.ledger import in_file
from wherry.sending.batch.batch import Batch
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.refusal.aside_frame import append

UPLINKS = ("harbor", "here")
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
ROOT_DELIVERED = 1000
BLOCK_COUNT = 32


class Upload:
    """The part of an uplink that an order uses."""

    def __init__(self, root, name):
        self.name = name
        self.aside = root + "/aside"
        self.ledger = in_file("%s/cursors/%s" % (root, name))

    def batch_of(self, reader, ledger, date):
        return Batch(reader, ledger, date)


class Node:
    """The parts of a node in a folder that a resend uses, with the order to the first uplink."""

    def __init__(self, root):
        self.root = root
        self.uploads = [Upload(root, name) for name in UPLINKS]
        self.order = Order(root + "/orders/resend-harbor")
        if self.order.pending:
            resend.settle(self, self.uploads[0], self.order)

    def kept(self):
        """Return the set-aside readings as {(row, index, uplink): (value, status, reason)}."""
        found = {}
        for entry in Aside(self.root + "/aside").readings():
            key = entry[0], entry[1], entry[9]
            expect(key not in found, "each is set aside once", key)
            found[key] = entry[3], entry[7], entry[8]
        return found


def found_node(root):
    """Set readings of both uplinks aside, and order a resend to the first."""
    for folder in ("/aside", "/cursors", "/orders"):
        small_file.make_folder(root + folder)
    counts = dict.fromkeys(UPLINKS, 0)
    aside = Aside(root + "/aside")
    for row in range(random.choice((6, 6, 6, 20))):
        for i, channel in enumerate(CHANNELS):
            uplink = random.choice(UPLINKS)
            if random.getrandbits(1):
                status = random.choice((0, 400, 400, 400, 422))
                path = aside.place(row, i, uplink)
                stamp = 1000 + row, 7
                append(path, row, i, channel, row, *stamp, status, "HTTP 400", uplink)
                counts[uplink] += 1
    for name in UPLINKS:
        ledger = in_file("%s/cursors/%s" % (root, name))
        ledger.row = 1000
        ledger.delivered, ledger.set_aside = ROOT_DELIVERED, counts[name]
        ledger.save()
    order = bytes(struct.calcsize(FORM))
    small_file.write(root + "/orders/resend-harbor", order)


def check(node, first, sent, may_be_sent):
    """Expect that ledgers and files agree; `may_be_sent` are the readings of the current batch."""
    kept = node.kept()
    gone = {key for key in first if key not in kept}
    expect(sent <= gone <= sent | may_be_sent, "who was sent is gone", gone, sent)
    expect(all(key[2] == "harbor" for key in gone), "what another uplink was refused", gone)
    for key in kept:
        expect(kept[key][0] == first[key][0], "a value", key)
    for upload in node.uploads:
        ours = [key for key in kept if key[2] == upload.name]
        theirs = [key for key in gone if key[2] == upload.name]
        ledger = upload.ledger
        expect(ledger.set_aside == len(ours), "set aside", upload.name, ledger.set_aside)
        expect(ledger.delivered == ROOT_DELIVERED + len(theirs), "delivered", ledger.delivered)


class Resends:
    """Resends, with each write cut in every way: `count` cuts; `case` is the last one."""

    def __init__(self):
        self.flash, self.fork = Flash(BLOCK_COUNT), Flash(BLOCK_COUNT)
        self.base = bytearray(len(self.flash.cells))
        self.count = 0
        self.case = ()

    def live(self):
        """Run one node's resend."""
        self.sent = set()
        self.flash.format()
        self.flash.mount("/life")
        try:
            found_node("/life")
            node = Node("/life")
            self.first = node.kept()
            source = resend.source(node, node.uploads[0], node.order)
            while self.step(node, source):
                pass
            left = [key for key, (_, status, _) in node.kept().items()
                    if key[2] == "harbor" and status]  # fmt: skip
            expect(len(left) == node.order.refused, "refused are left", len(left))
        finally:
            vfs.umount("/life")

    def step(self, node, source):
        """Have one batch accepted or refused, and cut the writes."""
        batch = source.batch
        batch.open(random.choice((1, 1, 4, 40)))
        taken = set()
        while batch.next():
            batch.take(batch.mask)
            taken |= {(batch.row, i, "harbor") for i in range(3) if batch.mask >> i & 1}
        if not taken:
            return False
        refused = len(taken) == 1 and random.getrandbits(1)
        self.base[:] = self.flash.cells
        self.flash.forget()
        if refused:
            source.refuse(422, "HTTP 422")
        else:
            source.deliver()
        for i, (at, payload) in enumerate(self.flash.writes()):
            for outcome in outcomes(payload):
                self.count += 1
                self.case = refused, i, at, len(payload), outcome
                self.fork.cells[:] = self.base
                tear(self.fork.cells, at, payload, outcome)
                self.look(set() if refused else taken)
            do(self.base, at, payload)
        if not refused:
            self.sent |= taken
        check(node, self.first, self.sent, set())
        return True

    def look(self, taken):
        """Start from the state after a cut, and check it."""
        self.fork.mount("/fork")
        try:
            check(Node("/fork"), self.first, self.sent, taken)
        finally:
            vfs.umount("/fork")
