"""A node's stored data for its owner: every reading and its outcome.

wherry's own queue reads it from a Copy of the node's /data, so it finds the same readings as the
node. Each damage is a line in `faults` and never ends the reading.
"""

from collections import defaultdict

from wherry.reading import NO_MS
from wherry.rows.frame import MS, UNDATED, FrameError
from wherry.rows.numbers import numbers
from wherry.rows.walker import Walker
from wherry.sending.refusal.aside_files import Aside
from wherry.small_file import make_folder
from wherry.stage import gaps
from wherry.time import anchors
from wherry.time.clock import Clock

from wherry_host.account.spec.files import estimate_fields
from wherry_host.account.uplink_tables import takes
from wherry_host.owner.data_copy import Uplink
from wherry_host.owner.outcomes import (
    DELIVERED,
    DROPPED,
    EARLIER,
    SET_ASIDE,
    UNSELECTED,
    WAITING,
    Estimated,
    Gap,
    Kept,
    as_refused,
)
from wherry_host.owner.pending import read_orders
from wherry_host.owner.stores import held_name, note_damage, open_stage, open_store, uplink_of
from wherry_host.reading_text import time_text, value_text

_SMALL_FILES = {
    "boot": "the number of boots is unknown",
    "anchors": "rows from before the time was known stay undated",
    "crash": "the last crash is unknown",
    "gaps": "gaps are unknown",
}


class OwnerView:
    """`store` is as in stores.py, and `queue` is the store's queue.

    `ledgers` and `removed` are {uplink: Ledger} of the configured and of the removed uplinks.
    `held` is {uplink: {channel: Ledger}} of the channels that servers do not know. `takes` is
    {uplink: function that returns True for the name of a channel that the uplink takes}. `gaps`
    and `orders` are lists, `estimates` is {boot: Estimated}; `refused` are the readings set
    aside. After all readings have been read, `staged` has the numbers (rows, readings) that are
    only in RTC memory.
    """

    def __init__(self, copy):
        self.faults = list(copy.faults)
        root = str(copy.folder)
        self.store = open_store(copy, self.faults)
        self.queue = self.store.queue
        self._rtc = copy.rtc
        self.staged = 0, 0
        for name, consequence in _SMALL_FILES.items():
            note_damage(self.faults, root, name, consequence)
        self.anchors = anchors.load(f"{root}/anchors")
        self.clock = Clock(None, "", self.anchors, None)
        self.estimates = {
            boot: Estimated(boot, rows, time_text(*divmod(true_ms - ticks, 1000)), uncertainty_ms)
            for boot, (ticks, true_ms) in self.anchors.items()
            if ticks < 0
            for rows, uncertainty_ms in [estimate_fields(ticks)]
        }
        self._take_ledgers(self.store.ledgers, copy.uplinks)
        make_folder(f"{root}/aside")
        self.refused = self._refusals(f"{root}/aside")
        self.gap_count, found = gaps.read(root)
        self.gaps = [Gap(row, self._place(*before), self._place(*behind))
                     for row, before, behind in found]  # fmt: skip
        self.orders = read_orders(copy.folder, self.faults)

    def _take_ledgers(self, found, uplinks):
        own = [name for name in found if uplink_of(name) == name]
        if uplinks is None:
            uplinks = {name: Uplink() for name in own}
        self.ledgers = {name: found[name] for name in own if name in uplinks}
        # Ledgers of uplinks that were removed from the configuration stay, and do not block
        # anything.
        self.removed = {name: found[name] for name in own if name not in uplinks}
        # The ledger of a channel that is no longer held also stays; the uplink's ledger has its
        # counts.
        self.held = {
            name: {
                channel: found[held_name(name, channel)]
                for channel in uplinks[name].held
                if held_name(name, channel) in found
            }
            for name in self.ledgers
        }
        self.takes = {name: takes(uplinks[name].selection) for name in self.ledgers}

    def first_row(self, ledger):
        """Return the oldest row that was not taken before a ledger's uplink was added."""
        if not ledger.before:
            return 0
        ordinals = Ordinals(self.store.bases)
        for rows, _ in self.rows():
            if ordinals.of(rows.row, rows.mask.bit_count()) >= ledger.before:
                return rows.row
        return self.queue.next_row

    def _place(self, flags, boot, s, ms):
        """Return (stamp as text, boot, ticks), with boot and ticks for a stamp without a date."""
        dated = self.clock.date(flags, boot, s, ms)
        if dated:
            return time_text(dated[0], dated[1] if flags & MS else NO_MS)
        return f"boot {boot} +{s}.{ms:03} s"

    def _refusals(self, folder):
        """Return the set-aside readings; add damaged and deleted files to the faults."""
        files = numbers(folder)
        for number in files:
            walker = Walker()
            walker.open(f"{folder}/{number:08x}", 0)
            while walker.next():
                pass
            if walker.damaged:
                self.faults.append(f"aside/{number:08x}: {walker.damaged} damaged bytes left out")
        found = [as_refused(entry) for entry in Aside(folder).readings()]
        if files and files[0] and found:
            self.faults.append(
                "aside: older refusals were deleted for newer ones: a reading that is shown as "
                f"delivered below row {found[0].row} may have been refused"
            )
        return found

    # Reading

    def readings(self):
        """Yield every reading as Kept, in the order of rows; readings in RTC memory come last."""
        refused = defaultdict(list)
        for each in self.refused:
            refused[each.row, each.index].append(each)
        alone = sorted(refused)
        ordinals = Ordinals(self.store.bases)
        for rows, channels in self.rows():
            while alone and alone[0][0] < rows.row:
                key = alone.pop(0)
                if key in refused:
                    yield self._without_row(refused.pop(key))
            stamp = self._stamp(rows)
            ordinal = ordinals.of(rows.row, rows.mask.bit_count())
            for i, channel in enumerate(channels):
                if rows.mask >> i & 1:
                    why = refused.pop((rows.row, i), ())
                    yield self._kept(rows, i, channel, stamp, why, ordinal)
        for key in alone:
            if key in refused:
                yield self._without_row(refused[key])

    def rows(self):
        """Yield (rows, channels), where `rows` is positioned at a row."""
        if not self.queue:
            return
        reader = self.queue.reader()
        reader.seek(0)
        due = None
        while reader.next():
            self._note_missing(due, reader.rows.row)
            due = reader.rows.row + 1
            yield reader.rows, reader.channels
        if self.queue.damaged:
            self.faults.append(f"flash: {self.queue.damaged} damaged frames left out")
            self.queue.damaged = 0
        self.staged = 0, 0
        if not self._rtc:
            return
        stage = open_stage(self._rtc, len(self.queue.channels), self.queue.own_count)
        try:
            for rows in stage.waiting():
                if rows.row >= self.queue.next_row:
                    count, readings = self.staged
                    self.staged = count + 1, readings + rows.mask.bit_count()
                    yield rows, self.queue.channels
        except FrameError as error:
            self.faults.append(f"RTC memory: {error}; left out")

    def _note_missing(self, due, row):
        """Add a fault for row numbers without a row, unless the reason is known."""
        if due in (None, row) or row in [gap.row for gap in self.gaps]:
            return
        if not any(first <= due < end for first, end, _ in self.store.thinned):
            self.faults.append(
                f"rows {due} to {row - 1}: not there: lost, or left out after damage"
            )

    def _stamp(self, rows):
        """Return (time, boot, ticks_ms, uncertainty_ms) of a row."""
        dated = self.clock.date(rows.flags, rows.boot, rows.s, rows.ms)
        time = dated and time_text(dated[0], dated[1] if rows.flags & MS else NO_MS)
        if rows.flags & UNDATED:
            estimate = self.estimates.get(rows.boot)
            uncertainty_ms = estimate.uncertainty_ms if estimate else None
            return time, rows.boot, rows.s * 1000 + rows.ms, uncertainty_ms
        return time, None, None, None

    def _kept(self, rows, i, channel, stamp, refused, ordinal):
        name, unit, decimals = channel
        outcomes = {
            uplink: self._outcome(uplink, name, (rows.row, i), refused, self._may_be_sent(stamp))
            if ordinal >= ledger.before
            else EARLIER
            for uplink, ledger in self.ledgers.items()
        }
        # If no uplink set the reading aside, a power cut came before the cursor moved, and the
        # node tries the reading again.
        entry = refused[0] if SET_ASIDE in outcomes.values() else None
        value = value_text(rows.values[i], decimals)
        return Kept(rows.row, i, *stamp, name, unit, value, outcomes, entry)

    def _may_be_sent(self, stamp):
        """Return True if the node had a time for a row that it passed.

        Only the newest anchors are kept.
        """
        return bool(stamp[0]) or not self.anchors or stamp[1] < min(self.anchors)

    def _outcome(self, uplink, channel, place, refused, may_be_sent=True):
        if not self.takes[uplink](channel):
            return UNSELECTED
        ledger = self.held[uplink].get(channel, self.ledgers[uplink])
        if place >= (ledger.row, ledger.channel):
            return WAITING
        by = [uplink_of(entry.uplink) for entry in refused]
        if uplink in by:
            return SET_ASIDE
        return DELIVERED if may_be_sent else DROPPED

    def _without_row(self, refused):
        """Return a set-aside reading whose row is gone."""
        entry = refused[0]
        found = {
            uplink: self._outcome(uplink, entry.channel, (0, -1), refused)
            for uplink in self.ledgers
        }
        outcomes = {uplink: outcome for uplink, outcome in found.items() if outcome == SET_ASIDE}
        stamp = entry.time, None, entry.ticks_ms, None
        place = entry.row, entry.index
        return Kept(*place, *stamp, entry.channel, None, entry.value, outcomes, entry)


class Ordinals:
    """The numbers of readings before rows, from the `bases` of a store; rows must ascend."""

    def __init__(self, bases):
        self._bases = bases[::-1]
        self._next = 0

    def of(self, row, count):
        """Return the ordinal of the first reading of a row with `count` readings."""
        while self._bases and self._bases[-1][0] <= row:
            self._next = self._bases.pop()[1]
        ordinal, self._next = self._next, self._next + count
        return ordinal
