"""The boots that never learned the time, as the node has estimated them, against the truth.

The node's own file names each estimate. It is only used to find the readings at the servers: the
flash at the losses of power has their boots and ticks, and the life the true times.
"""

# The largest drift of a sleep clock, twice.
_DRIFT_SHARE = 0.01
_SLACK_US = 2_000_000
# By how much a time of a DS3231 may be wrong, as the node assumes.
_CHIP_US = 60_000_000
# The node estimates 32 boots in a row.
_BOOTS_MAX = 32
_CHANNEL, _VALUE_MAX = "node_clock_uncertainty_ms", (1 << 30) - 1


class Estimates:
    """The estimates of a Life that has ended; `bound` is a StampBound, `flash` its last Flash.

    `may_hold` and `may_drop` are True if rows without a time may be set aside, or dropped.
    """

    def __init__(self, life, bound, flash):
        self._life, self._bound = life, bound
        losses = life.power.losses
        choices = {typed["time"]["undated"] for typed in life.site.typeds()}
        is_lost = bool(life.left.places) or len(losses) > _BOOTS_MAX
        self.may_hold = bool(losses) and (is_lost or choices != {"estimate"})
        self.may_drop = "drop" in choices
        self._flashes = [*(loss.flash for loss in losses), flash]
        #: {boot: each different Estimate of it}
        self._found = {}
        for each in self._flashes:
            for boot, estimate in each.estimates.items():
                self._found.setdefault(boot, set()).add(estimate)
        # {(channel, stamp in us): true us} of the readings of these boots.
        self._true_us = {}
        for each in self._flashes if self._found else ():
            for reading in each.readings:
                for estimate in self._found.get(reading.boot, ()):
                    place = reading.channel, estimate.zero_us + reading.ticks_us
                    zero_us = self._zero_us(reading.boot)
                    if zero_us is not None:
                        self._true_us[place] = zero_us + reading.ticks_us

    def _zero_us(self, boot):
        number = self._life.boots.number_of(boot)
        return None if number is None else self._life.power.zeros_us[number]

    def true_us(self, channel, stamp_us):
        """Return the true time of a reading with an estimated stamp, else None."""
        return self._true_us.get((channel, stamp_us))

    def judge(self, found):
        """Count the estimated readings; report estimates that changed, or that are wrong."""
        for boot, estimates in sorted(self._found.items()):
            number = self._life.boots.number_of(boot)
            if len(estimates) > 1:
                found.wrong(f"the estimate of boot {boot} has changed")
            elif number is not None:
                (estimate,) = estimates
                error_us = abs(estimate.zero_us - self._life.power.zeros_us[number])
                found.estimated += len(self._own(boot, number))
                found.worst_estimate_error_s = max(found.worst_estimate_error_s, error_us / 1e6)
                for text in self._problems(boot, number, estimate, error_us):
                    found.wrong(f"boot {boot} is estimated {text}")

    def _readings(self, number):
        """Return the Readings in flash at the end of a boot."""
        return self._life.power.losses[number].flash.readings

    def _own(self, boot, number):
        """Return the Readings of a boot, in flash at its end."""
        return [each for each in self._readings(number) if each.boot == boot]

    def _problems(self, boot, number, estimate, error_us):
        """Yield what is wrong with an estimate, given the boot's number from 0 on."""
        power, bound = self._life.power, self._bound
        own = self._own(boot, number)
        readings = self._readings(number)
        before = [each for each in readings if each.boot != boot and each.row < own[0].row]
        low_us = max((each.stamp_us for each in before if each.is_dated), default=None)
        later = range(number + 1, len(power.ons_us))
        cycle = next((n for n in later if bound.is_datable(power.ons_us[n] + 1)), later[-1])
        high_us = power.ons_us[cycle]
        answer_us = self._known_us(cycle)
        known_us = _SLACK_US + bound.error_us(answer_us)
        # All ticks between the neighbours drift.
        counted_us = answer_us - high_us
        for k in range(cycle):
            if low_us is None or power.losses[k].at_us > low_us:
                counted_us += power.losses[k].at_us - power.ons_us[k]
        slack_us = known_us + _DRIFT_SHARE * counted_us
        if any(each["time"]["ds3231"] for each in self._life.site.typeds()):
            slack_us += _CHIP_US
        if low_us is not None:
            slack_us += bound.error_us(low_us) + _DRIFT_SHARE * self._unsent_us(low_us)
            if estimate.zero_us + own[0].ticks_us < low_us - slack_us:
                yield "before the rows before it"
            if estimate.uncertainty_us > (high_us - low_us) / 2 + slack_us:
                yield f"within {estimate.uncertainty_us / 1e6:.0f} s, which is too much"
        if estimate.zero_us + own[-1].ticks_us > high_us + slack_us:
            yield "after the next boot"
        if error_us > estimate.uncertainty_us + known_us:
            yield f"{error_us / 1e6:.0f} s off, which its uncertainty does not include"
        if estimate.row_count < len({each.row for each in own}):
            yield f"with {estimate.row_count} rows, but has more"

    def _unsent_us(self, low_us):
        """Return for how long a node may have been offline before a time."""
        spans = [span for span in self._life.schedule.spans if span.begin_us <= low_us]
        return max((low_us - span.begin_us for span in spans if span.end_us >= low_us), default=0)

    def judge_stated(self, label, points, kept, found):
        """Report an estimated boot at a server without a row that states its uncertainty.

        `points` are {(channel, stamp in us): value} at the server; `kept` are the (channel, stamp
        in us) that the node still has for it.
        """
        stamps_us = {stamp_us for _, stamp_us in points}
        for boot, estimates in self._found.items():
            number = self._life.boots.number_of(boot)
            if number is None or len(estimates) > 1:
                continue
            (estimate,) = estimates
            own = self._own(boot, number)
            place = _CHANNEL, estimate.zero_us + own[0].ticks_us
            wanted = min(estimate.uncertainty_us // 1000, _VALUE_MAX)
            is_sent = any(estimate.zero_us + each.ticks_us in stamps_us for each in own)
            if is_sent and place not in kept and points.get(place) != wanted:
                text = f"{label}: the uncertainty of boot {boot} is {points.get(place)}"
                found.wrong(f"{text}, not {wanted}")

    def _known_us(self, cycle):
        """Return a time in a power cycle from which on the node knew the time."""
        power = self._life.power
        end_us = power.losses[cycle].at_us if cycle < len(power.losses) else self._life.clock.us
        return self._bound.first_answer_us(power.ons_us[cycle] + 1) or end_us
