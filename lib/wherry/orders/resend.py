"""A resend: readings set aside are sent again; accepted ones then count as delivered.

After a power cut a reading may be sent once more, but is never lost uncounted: the order's file
first records how many were accepted and the ledger's count before, then the ledger changes, then
the aside files. Loaded for an order.
"""

from micropython import const

from wherry.rows.frame import MS
from wherry.sending.refusal.aside_files import Aside

# Readings held in memory at a time.
_BATCH_COUNT_MAX = const(16)
_NO_CHANNEL = ("", "", 0)


def source(node, upload, order):
    """Return the source of a resend's remaining readings."""
    return Resend(node, upload, order)


def settle(node, upload, order):
    """Finish a batch that was accepted, also after a power cut."""
    ledger = upload.ledger
    if ledger.delivered == order.base:
        # The count grows with each batch: this one is not in the ledger yet.
        count = min(order.pending, ledger.set_aside)
        ledger.delivered += count
        ledger.set_aside -= count
        ledger.save()
    begin, end = (order.row, order.channel), (order.end_row, order.end_channel)
    is_ours = _filter(node, upload)
    Aside(upload.aside).change(
        lambda entry: None if is_ours(entry) and begin <= entry[:2] < end else entry
    )
    order.sent += order.pending
    order.pending = 0
    order.advance(end)


def _filter(node, upload):
    """Return a function that is True for entries of Aside.readings that this uplink may resend.

    An entry that does not name its uplink is from a version that had only one.
    """
    labels = (upload.name, "") if upload is node.uploads[0] else (upload.name,)
    ledger = upload.ledger

    def is_ours(entry):
        # Status 0: the reading has no time. A reading past the cursor still waits.
        settled = entry[:2] < (ledger.row, ledger.channel)
        return entry[9] in labels and entry[7] and settled

    return is_ours


class Resend:
    """`batch` is the next batch; `deliver` and `refuse` move past it, durably."""

    def __init__(self, node, upload, order):
        self._node = node
        self._upload = upload
        self._order = order
        self._is_ours = _filter(node, upload)
        self._aside = Aside(upload.aside)
        if order.pending:
            settle(node, upload, order)
        reader = AsideReader(self._aside, self._is_ours)
        self.batch = upload.batch_of(reader, order, lambda flags, boot, s, ms: (s, ms))
        self.batch.waiting = _BATCH_COUNT_MAX

    def deliver(self):
        """Remove the readings of a batch that the server accepted from the aside files."""
        order = self._order
        order.base = self._upload.ledger.delivered
        order.pending = self.batch.count
        order.end_row, order.end_channel = self.batch.end()
        order.save()
        settle(self._node, self._upload, order)

    def pass_by(self) -> bool:
        """Return False: a walk without any reading ends the resend."""
        return False

    def refuse(self, status: int, note: str):
        """Keep a batch that was refused again, with the new reason."""
        batch = self.batch
        end = batch.end()

        def settle_one(entry):
            is_in_it = entry[0] == end[0] and batch.end_mask >> entry[1] & 1
            if not is_in_it or not self._is_ours(entry):
                return entry
            return entry[:7] + (status, note) + entry[9:]

        self._aside.change(settle_one)
        self._order.refused += batch.count
        self._order.advance(end)


class AsideReader:
    """Walks readings that were set aside, grouped into rows, with a QueueReader's interface."""

    def __init__(self, aside, is_ours):
        self._aside = aside
        self._is_ours = is_ours
        self._entries = []
        self.rows = self
        self.boot = 0
        self.values = self.channels = None

    def seek(self, row: int) -> None:
        """Make `next` begin at the first row whose number is at least `row`."""
        found = []
        for entry in self._aside.readings():
            # A reading that is stored twice after a power cut is one bit of its row's mask.
            if not self._is_ours(entry) or entry[0] < row:
                continue
            found.append(entry[:7])
            found.sort()
            # The first row is kept complete, because the walk may begin within it.
            while len(found) > _BATCH_COUNT_MAX and found[-1][0] != row:
                found.pop()
        self._entries = self._alike(found)

    def _alike(self, found):
        """Return the entries before the first one whose index already has another channel."""
        count = max([entry[1] for entry in found], default=-1) + 1
        self.values = [0] * count
        self.channels = [_NO_CHANNEL] * count
        for at, (_, i, name, _, decimals, _, _) in enumerate(found):
            channel = name, "", decimals
            if self.channels[i] not in (_NO_CHANNEL, channel):
                return found[:at]
            self.channels[i] = channel
        return found

    def next(self) -> bool:
        """Go to the next row; return False after the last one in memory."""
        if not self._entries:
            return False
        self.row = self._entries[0][0]
        self.mask = 0
        while self._entries and self._entries[0][0] == self.row:
            _, i, _, self.values[i], _, self.s, self.ms = self._entries.pop(0)
            self.mask |= 1 << i
        self.flags = MS if self.ms >= 0 else 0
        return True
