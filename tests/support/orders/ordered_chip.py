"""A simulated chip whose owner gives orders."""

import os
import struct

from support.node.chip import UPLINK, Chip
from wherry import small_file
from wherry.orders import order, orders
from wherry.queue.ledger import in_file
from wherry.sending.upload import Upload
from wherry.small_file import make_folder
from wherry.uplinks.harbor import dialect as harbor


class OrderedChip(Chip):
    """A Chip whose owner writes orders to its flash and restarts it.

    `is_forked` gives it a second uplink.
    """

    is_forked = False

    def order(self, name, from_s=0, to_s=0):
        make_folder(self.root + "/orders")
        path = "%s/orders/%s" % (self.root, name)
        empty = bytes(struct.calcsize(order.FORM) - 8)
        small_file.write(path + ".tmp", struct.pack("<II", from_s, to_s) + empty)
        os.rename(path + ".tmp", path + ".new")
        self.lines = []

    def boot(self):
        node = Chip.boot(self)
        if self.is_forked:
            node.uploads.append(self.second(node))
        make_folder(self.root + "/orders")
        if os.listdir(self.root + "/orders"):
            orders.begin(node, self.root + "/orders")
        return node

    def second(self, node):
        """Return another uplink to the same server, with another ship."""
        settings = dict(UPLINK)
        settings["name"] = "m"
        ledger = node.queue.ledger("roof-2")
        parts = node.queue, ledger, self.root + "/aside", node.clock.date
        return Upload("roof-2", harbor, settings, *parts)

    def carried_out(self, minutes=30):
        """Run until the node reports that its orders are done; return the node."""
        end_ms = self.true_ms + 60_000 * minutes
        while "orders: done" not in self.lines:
            assert self.true_ms < end_ms, self.lines
            node = self.run(self.true_ms + 10_000)
        assert os.listdir(self.root + "/orders") == []
        return node

    def reported(self, words):
        """Return the lines that begin with `words`."""
        return [line for line in self.lines if line.startswith(words)]


def counts(chip):
    ledger = in_file(chip.root + "/cursors/harbor")
    return ledger.delivered, ledger.set_aside, ledger.settled()
