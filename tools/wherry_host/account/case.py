"""What all parts of an account share: the samples, and where the final flash has each of them."""

from wherry_host.account.board_log import BoardLog
from wherry_host.account.matching import match_flash
from wherry_host.account.samples import Devices, Sample
from wherry_host.account.stamps import StampBound

OWN = "node_"
# Answers that refuse what was sent, and not who sends it or how often.
_NO_REFUSALS = (401, 403, 408, 429)


class Case:
    """`tell(channel, time_us, text)` is given each difference; `evidence` as in evidence.py.

    `samples` are those of the device models, `own` the node's own readings: those in flash, and
    those that a server has of rows that have left it. `has_refused` tells whether a server ever
    refused what was sent, `has_taken_parts` whether one took a part of it only.
    """

    def __init__(self, evidence, tell):
        self.evidence, self.tell = evidence, tell
        self.board_log = BoardLog(evidence.events)
        self.devices = Devices(evidence.typed, evidence.truth, evidence.accesses, self.board_log)
        self.bound = StampBound(evidence, self.board_log)
        self.samples = self.devices.samples
        self.final = evidence.flash.after(evidence.flash.count)
        statuses = {status for _, _, status in evidence.answers}.difference(_NO_REFUSALS)
        self.has_refused = any(400 <= status < 500 for status in statuses)
        self.has_taken_parts = any(kind == "short" for _, kind in evidence.strikes)
        self._held = {}
        pairs, times_us = self._matched(self.final)
        for sample, reading in pairs:
            sample.kept = reading
            self._compare(sample, reading)
        self._tell_orphans()
        self.own = [
            Sample(each.channel, times_us.get(id(each)), each.value, kept=each)
            for each in self.final.readings
            if each.channel.startswith(OWN)
        ]
        self.own += list(self._own_of_servers())

    def held_after(self, count):
        """Return {sample: Reading} of the samples in flash after so many of its operations."""
        if count not in self._held:
            self._held[count] = dict(self._matched(self.evidence.flash.after(count))[0])
        return self._held[count]

    def _matched(self, flash):
        in_queue = {(each.row, each.channel) for each in flash.readings}
        # The row of what is set aside may have left the queue.
        aside = [
            reading
            for _, status, reading in flash.aside
            if status and (reading.row, reading.channel) not in in_queue
        ]
        readings = flash.readings + aside
        return match_flash(self.samples, readings, self.board_log, self.bound.speed)

    def _compare(self, sample, reading):
        if not sample.allows(reading.value):
            text = f"the flash has {reading.value:g}, {sample.value:g} was measured"
            self.tell(sample.channel, sample.time_us, text)
        if reading.stamp_us is not None:
            error_ms = abs(reading.stamp_us - sample.time_us) / 1000
            if self.bound.is_exceeded(error_ms, sample.time_us):
                text = f"the stamp in flash is {error_ms:.1f} ms off"
                self.tell(sample.channel, sample.time_us, text)

    def _tell_orphans(self):
        found = {id(sample.kept) for sample in self.samples}
        for reading in self.final.readings:
            if id(reading) not in found and not reading.channel.startswith(OWN):
                text = f"row {reading.row} in flash, {reading.value:g}: nothing was measured"
                self.tell(reading.channel, reading.stamp_us, text)

    def _own_of_servers(self):
        known = {(each.channel, each.kept.stamp_us) for each in self.own}
        dated_us = [each.stamp_us for each in self.final.readings if each.stamp_us is not None]
        first_us = min(dated_us, default=float("inf"))
        for table in self.evidence.tables:
            for channel, time_us, value, *_ in table.points:
                is_new = channel.startswith(OWN) and (channel, time_us) not in known
                if is_new and time_us < first_us:
                    known.add((channel, time_us))
                    yield Sample(channel, time_us, value)
