"""The data that all parts of an account share: samples, and their places in the final flash."""

from wherry_host.account.board_log import BoardLog
from wherry_host.account.doubts import Doubts
from wherry_host.account.empty_battery import empty_spans, without
from wherry_host.account.estimates import Estimates
from wherry_host.account.held import Held
from wherry_host.account.samples import Devices, Sample, Unwitnessed
from wherry_host.account.stamps import StampBound

# The longest start at clock speeds up to _START_SPEED; on a faster clock, it takes longer.
START_US, _START_SPEED = 6_000_000, 5


class Case:
    """`report(channel, time_us, text)` receives each difference; `evidence` is an Evidence.

    `samples` are from the device models, `held` knows which of them the flash has held. `own` has
    the readings of Unwitnessed channels, both those that the flash has held and those in rows that
    only a server has.
    """

    def __init__(self, evidence, report):
        self.evidence, self.report = evidence, report
        self.board_log = BoardLog(evidence.events)
        logs = evidence.truth, evidence.accesses, self.board_log
        self.devices = Devices(evidence.typed, *logs, self._stalled_us)
        self.bound = StampBound(evidence, self.board_log)
        #: The stalls of this computer because of which samples cannot be judged.
        self.doubts = Doubts()
        self.samples = self.devices.samples
        self._unwitnessed = Unwitnessed(evidence.typed)
        witnesses = self._unwitnessed, evidence.flash, self.board_log
        self.held = Held(self.samples, *witnesses, self.bound.speed)
        self.final = self.held.final
        self.estimates = Estimates(self)
        for sample, reading in self.held.kept.items():
            sample.kept = reading
            self._compare(sample, reading)
        self._report_orphans()
        self.own = self.held.own + list(self._own_of_servers())

    def stall(self, begin_us, end_us, least_us):
        """Return the longest Stall that touches a span, None if shorter than `least_us`."""
        stall = self.evidence.standstill.longest_stall(begin_us, end_us)
        return stall if stall.length_us >= least_us else None

    def _stalled_us(self, begin_us, end_us):
        return self.evidence.standstill.longest_stall(begin_us, end_us).length_us

    @property
    def start_us(self):
        """The longest time in true us for a start, a join or a handshake."""
        return START_US * max(self.bound.speed / _START_SPEED, 1)

    def watches(self):
        """Yield (begin_us, end_us) of BoardLog.watches since the deployment.

        Spans in which the battery was empty are left out.
        """
        deployed_us = self.evidence.deployed_us
        watches = [
            (max(begin_us, deployed_us), end_us)
            for begin_us, end_us in self.board_log.watches()
            if deployed_us is not None and deployed_us < end_us
        ]
        empty = empty_spans(self.evidence.typed, self.evidence.truth, self.start_us)
        return without(empty, watches)

    def _compare(self, sample, reading):
        if not sample.allows(reading.value):
            text = f"the flash has {reading.value:g}, {sample.value:g} was measured"
            self.report(sample.channel, sample.time_us, text)
        if reading.is_estimated:
            text = self.estimates.problem(reading, sample)
            if text:
                self.report(sample.channel, sample.time_us, text)
        elif reading.stamp_us is not None:
            error_ms = abs(reading.stamp_us - sample.time_us) / 1000
            if self.bound.is_exceeded(error_ms, sample.time_us):
                text = f"the stamp in flash is {error_ms:.1f} ms off"
                self.report(sample.channel, sample.time_us, text)

    def _report_orphans(self):
        found = {id(sample.kept) for sample in self.samples}
        for reading in self.final.readings:
            if id(reading) not in found and reading.channel not in self._unwitnessed:
                text = f"row {reading.row} in flash, {reading.value:g}: nothing was measured"
                self.report(reading.channel, reading.stamp_us, text)

    def _own_of_servers(self):
        known = {(each.channel, self.held.readings[each].stamp_us) for each in self.held.own}
        dated_us = [each.stamp_us for each in self.final.readings if each.stamp_us is not None]
        first_us = min(dated_us, default=float("inf"))
        for table in self.evidence.tables:
            for channel, time_us, value, *_ in table.points:
                is_new = channel in self._unwitnessed and (channel, time_us) not in known
                if is_new and time_us < first_us:
                    known.add((channel, time_us))
                    yield Sample(channel, time_us, value)
