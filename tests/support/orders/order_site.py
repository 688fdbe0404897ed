"""A queue and its orders, with a server whose answers the test chooses."""

import struct

from support.node.chip import SETTINGS, Chip
from support.uplinks.scripted import Answer, ScriptedRig
from wherry import small_file
from wherry.orders import replay
from wherry.orders.order import FORM, Order
from wherry.orders.sender import Sender
from wherry.sending import verdict

OK = verdict.DELIVERED, 200
BAD = verdict.REJECTED, 400
FAILED = verdict.RETRY, 500


class Site:
    """A node, a scripted uplink that has delivered all, and a replay of it."""

    def __init__(self, rows, source="mains", **options):
        self.chip = Chip(dict(SETTINGS, power={"source": source}))
        self.node = self.chip.boot()
        self.rig = ScriptedRig(rows, ca=("root",), **options)
        self.upload = self.rig.upload
        self.upload.ledger.row = rows
        self.node.uploads[:] = [self.upload]
        self.node.link = self
        self.node.stage.state.sample_due = self.node.ticks() + 3_600_000
        self.sent, self.answers, self.passes_ms = [], [], 0
        self.path = self.rig.root + "/order"
        small_file.write(self.path, bytes(struct.calcsize(FORM)))
        order = self.order()
        order.to_s = 0xFFFFFFFF
        order.save()

    def order(self):
        return Order(self.path)

    def exchange(self, request, deadline_ms, ca):
        """Answer as the test specifies; check the deadline, which is in RTC time."""
        assert (deadline_ms, ca) == (self.deadline + self.node.stage.state.zero_ms, ("root",))
        self.sent.append(request.places)
        self.chip.pass_ms(self.passes_ms)
        answer = self.answers.pop(0)
        if answer is None:
            raise OSError(116)
        return Answer(*answer)

    def run(self, *answers, left_ms=20_000, to_s=1, order=replay):
        """Send with these answers until the order ends; return the result of Sender.run."""
        self.sent, self.answers = [], list(answers)
        self.chip.lines = []
        self.deadline = self.node.ticks() + left_ms
        source_of, order = order.source, self.order()
        source = source_of(self.node, self.upload, order)
        order.to_s *= to_s
        if not to_s:
            source.batch.reader._order = self.order()
        return Sender(self.node, self.upload, order, source, "replay-u").run(self.deadline)

    def counts(self):
        return [len(each) for each in self.sent]


def numbers(site):
    """Return (sent, refused, failures) of the order's file."""
    order = site.order()
    return order.sent, order.refused, order.failures
