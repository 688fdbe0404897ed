"""The readings of one uplink at the end of a life: at its server, set aside, and waiting."""

from collections import defaultdict

from wherry_host.account.uplink_tables import dialect_of, own_names, place_of, takes
from wherry_host.year.judge.column import Column, Entry
from wherry_host.year.judge.excuses import Refused


class Table:
    """`uplink` is a typed section, `stored` are the Flash and the Readings in RTC memory, `limits`
    are a StampBound, a Lateness, which is None if the node may wait with its cell empty, and the
    Estimates. `found.wrong(text)` takes each violation.
    """

    def __init__(self, life, uplink, stored, limits, found):
        site, (flash, staged) = life.site, stored
        node = site.node
        self._label, self._found = uplink["label"], found
        self._takes = takes(uplink["selection"])
        self._bound, self._lateness, self._estimates = limits
        self._end_us = life.clock.us
        self._near_us = min(each["node"]["sample_every_ms"] for each in site.typeds()) * 1000 // 2
        place = place_of(node, node.typed["node"]["name"], uplink)
        own = own_names(node, uplink)
        points = site.store.points.get(place, {})
        self._judge_copies(site.store, place)
        self._ledgers = [
            ledger
            for label, ledger in flash.ledgers.items()
            if label.partition("~")[0] == self._label
        ]
        self._gone_count = 0
        ledger = flash.ledger_of(self._label)
        kept_aside = [each[1:] for each in flash.aside if each[0] == self._label]
        held = [each for _, each in kept_aside]
        aside = {(each.row, each.channel) for each in held}
        others = [
            each
            for each in flash.readings + staged
            if (each.row, each.channel) not in aside and (each.row, each.index) >= ledger[:2]
        ]
        self._refused = Refused(site.store, place, own, dialect_of(uplink)[1], len(flash.aside))
        self._losses = life.power.losses
        self._judge_aside(kept_aside)
        self._entries = {
            "delivered": _by_channel(self._delivered(points, own)),
            "set_aside": _by_channel(self._entry_of(each, life.boots) for each in held),
            "waiting": _by_channel(self._entry_of(each, life.boots) for each in others),
        }
        # The readings that waited for this uplink when bits flipped, and are damaged.
        self._damaged_count = sum(
            self._takes(each.channel)
            and (each.row, each.index) >= before.ledger_of(self._label, each.channel)[:2]
            for before, each in life.left.damaged
        )
        # In a full queue, damaged readings may be counted as thinned or dropped.
        self._is_exact = not (life.power.losses or life.left.places - {"damaged"})
        self._judged = set()
        is_full = any(each.dropped or each.thinned for each in self._ledgers)
        if self._takes("node_clock_uncertainty_ms") and not (is_full or life.left.places):
            sent = {(own.get(name, name), us): each.value for (name, us), each in points.items()}
            left = {(each.channel, each.stamp_us) for each in held + others}
            self._estimates.judge_stated(self._label, sent, left, found)

    def _judge_copies(self, store, place):
        self._found.duplicates += store.copies[place]
        if count := store.needless[place]:
            self._found.wrong(f"{self._label}: {count} points came again, and no answer was lost")

    def _judge_aside(self, kept):
        """Report the readings that the node set aside without a reason.

        The status is 0 if a boot ended before the node learned the time.
        """
        for status, each in kept:
            if status:
                has_reason = self._refused.has(each.channel, each.stamp_us)
            else:
                has_reason = self._estimates.may_hold
            if not has_reason:
                what = f"{self._label}: {each.channel} {each.value:g} of row {each.row}"
                self._found.wrong(f"{what} is set aside and was not refused")

    def column(self, shape, samples, excuse, cut_us):
        """Return the Column of a channel, or None if the uplink does not take it.

        A sample without a place is lost. After `cut_us`, the end of the life may have interrupted
        a measurement. `excuse(sample)` returns the place of one that a fault has lost.
        """
        self._judged.add(shape.name)
        if not self._takes(shape.name):
            return None
        column = Column(shape, samples, self._bound, self._near_us)
        for is_exact in (True, False):
            for place, entries in self._entries.items():
                self._assign(column, entries.get(shape.name, []), place, is_exact)
        for i, sample in enumerate(samples):
            if column.entries[i]:
                self._compare(column, i)
            if column.places[i] is None and sample[0] >= cut_us:
                column.places[i] = "cut_short"
            elif column.places[i] is None:
                column.places[i] = (
                    excuse(sample) or self._drop(column, i) or self._repeated(column, i, excuse)
                )
                self._gone_count += column.places[i] in ("thinned", "dropped")
                if column.places[i] is None:
                    self._wrong(shape, sample, "is lost")
            elif column.places[i] == "waiting" and self._late_us(sample[0], self._end_us) > 0:
                self._wrong(shape, sample, "is not delivered in time")
        return column

    def _wrong(self, shape, sample, what):
        time_us, value = sample
        self._found.wrong(f"{self._label}: {shape.name} of {time_us}, {value:g}, {what}")

    def _late_us(self, time_us, received_us):
        """Return by how much a measurement of a true time is late if it is stored at another."""
        return received_us - self._lateness.due_us(time_us) if self._lateness else 0

    def _drop(self, column, i):
        time_us = column.times_us[i]
        # A boot that ended before the node learned the time: its readings were set aside.
        is_over = self._losses and time_us <= self._losses[-1].at_us
        is_undated = is_over and not self._bound.is_datable(time_us)
        if is_undated and self._estimates.may_drop:
            return "dropped"
        if not self._refused.is_full:
            return None
        place = column.shape.name, time_us, column.errors_us[i]
        return "dropped" if is_undated or self._refused.has(*place) else None

    def _repeated(self, column, i, excuse):
        """Give a sample the entry of the one before it, if that one was cut short.

        After a loss of power the node measures again at once. With a loose bound of their stamps,
        the entry fits both.
        """
        before = i - 1
        entry = column.entries[before] if i else None
        if not entry or i not in column.fitting(entry):
            return None
        place = column.places[before]
        if excuse(column.samples[before]) != "cut_short":
            return None
        column.entries[before], column.places[before] = None, "cut_short"
        column.entries[i], column.places[i] = entry, place
        self._compare(column, i)
        return place

    def _assign(self, column, entries, place, is_exact):
        """Give entries their samples, and keep those that explain none.

        An entry in flash may be of a sample that is at the server as well: the cursor moves after
        the answer.
        """
        left = column.assign(entries, place, is_exact)
        find = column.fitting if is_exact else column.nearest
        entries[:] = [each for each in left if place == "delivered" or not find(each)]

    def _judge_delay(self, column, i):
        time_us, entry = column.times_us[i], column.entries[i]
        late_us = self._late_us(time_us, entry.received_us)
        if late_us > 0:
            what = f"{self._label}: {column.shape.name} of {time_us}"
            self._found.wrong(f"{what} is delivered {late_us // 1_000_000} s too late")

    def _judge_undated(self, column, i):
        time_us = column.times_us[i]
        if self._bound.is_datable(time_us):
            what = f"{self._label}: {column.shape.name} of {time_us}"
            self._found.wrong(f"{what} is undated, but its boot learned the time")

    def _compare(self, column, i):
        found, shape, entry = self._found, column.shape, column.entries[i]
        if column.places[i] == "delivered":
            self._judge_delay(column, i)
        if column.places[i] == "set_aside" and not entry.is_dated:
            self._judge_undated(column, i)
        if not column.agrees(i, entry):
            wanted = shape.value(column.samples[i][1])
            found.wrong(f"{self._label}: {shape.name} is {entry.value:g}, not {wanted:g}")
        if not entry.is_dated:
            return
        error_us = abs(column.times_us[i] - entry.time_us)
        found.worst_stamp_error_ms = max(found.worst_stamp_error_ms, error_us / 1000)
        if error_us > column.errors_us[i]:
            what = f"{self._label}: {shape.name} of {column.times_us[i]}"
            found.wrong(f"{what} is {error_us / 1000:.0f} ms off")

    def judge_rest(self):
        """Report what is not counted, and the entries that no sample explains."""
        counted = sum(each.thinned + each.dropped for each in self._ledgers)
        if self._gone_count > counted:
            what = f"{self._label}: {self._gone_count} readings are thinned or dropped"
            self._found.wrong(f"{what}, but {counted} are counted")
        self._judge_damaged(sum(each.damaged for each in self._ledgers))
        for place, entries in self._entries.items():
            for channel in sorted(self._judged & entries.keys()):
                for entry in entries[channel]:
                    what = f"{self._label}: {channel} {entry.value:g} of {entry.time_us}"
                    self._found.wrong(f"{what} ({place}) was not measured")

    def _judge_damaged(self, counted):
        """Compare the readings that were damaged with those counted, at the end of a walk."""
        is_over = self._lateness and self._lateness.is_calm(self._end_us)
        is_less = counted < self._damaged_count and is_over and self._is_exact
        if is_less or counted > self._damaged_count:
            what = f"{self._label}: {self._damaged_count} readings are damaged"
            self._found.wrong(f"{what}, but {counted} are counted")

    def _delivered(self, points, own):
        """Yield (channel, Entry) of the points at a server, by the node's names of channels."""
        for (name, time_us), point in points.items():
            channel = own.get(name, name)
            true_us = self._estimates.true_us(channel, time_us)
            place_us = time_us if true_us is None else true_us
            yield channel, Entry(place_us, point.value, true_us is None, point.received_us)

    def _entry_of(self, reading, boots):
        """Return (channel, Entry) of a Reading from flash."""
        true_us = self._estimates.true_us(reading.channel, reading.stamp_us)
        if true_us is not None:
            return reading.channel, Entry(true_us, reading.value, is_dated=False)
        return reading.channel, Entry(boots.time_us(reading), reading.value, reading.is_dated)


def _by_channel(pairs):
    found = defaultdict(list)
    for channel, entry in pairs:
        found[channel].append(entry)
    return {channel: sorted(entries) for channel, entries in found.items()}
