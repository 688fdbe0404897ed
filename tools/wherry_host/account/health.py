"""Compare the node's own readings with the truth: its counters, its signal, its clock."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import pairwise
from math import inf

from wherry_host.account.samples import OWN

# Counters wrap above this: docs/config.md.
_VALUE_MAX = (1 << 30) - 1
# Statuses that refuse the content or the rate of requests, not the node itself: docs/uplinks.
_NO_DENIALS = (400, 408, 413, 422, 425, 429)
# The longest duration of a burst of accesses to a failing device.
_ATTEMPT_US = 250_000
# The largest uncertainty of an answer, half of 10 s and 1.5 s, and of the drift after it.
_ANSWER_MS, _DRIFT_PPM = 6_500, 5_000
# Answers are whole ms: of two that are ten minutes apart, the node may learn this drift.
_ROUNDING_MS, _ROUNDING_PPM = 2, 4


class HealthOracle:
    """Compares the rows of a node's own channels with the witnesses of a Case.

    `parts` are the UplinkAccounts, `sampled` the samples that were in rows, `losses` a Losses.
    """

    def __init__(self, case, parts, sampled, losses):
        self._case, self._parts, self._losses = case, parts, losses
        # Samples that were lost with RTC memory were not yet in a row.
        gone = {each for part in parts for each in part.places if part.places[each] == "in_gap"}
        rest = [each for each in sampled if not each.channel.startswith(OWN) and each not in gone]
        times_us = [each.time_us for each in rest]
        # An undated reading has a time only if a device model logged it.
        self._sampled = sorted(each for each in times_us if each is not None)
        self._undated_count = times_us.count(None)
        self._is_fast = any(each.is_fast for each in sampled)
        self._received_us = {part.label: part.table.received_us() for part in parts}
        self._held_count = sum("~" in label for label in case.final.ledgers)
        self._rows = self._found_rows()
        self._unread_us = defaultdict(list)
        for device, time_us in {(s.device, s.time_us) for s in case.samples if not s.is_read}:
            self._unread_us[device].append(time_us)
        denials_us = (
            time_us
            for time_us, _, status in case.evidence.answers
            if 300 <= status < 500 and status not in _NO_DENIALS
        )
        self._denied_us = min(denials_us, default=float("inf"))
        self._signals, self._is_disturbed = self._found_signals()

    def _found_signals(self):
        """Return the access points' signal strengths, and True if they were changed."""
        evidence = self._case.evidence
        commands = [each["command"] for each in evidence.events if each["event"] == "done"]
        points = list(evidence.access_points)
        for command in commands:
            points += command.get("points", ())
        disturbed = any(command["do"] in ("wifi", "access_points") for command in commands)
        return [point["rssi"] for point in points], disturbed

    def _found_rows(self):
        """Return {(time, row): {channel without its prefix: Sample}}, in order of time."""
        rows = defaultdict(dict)
        for sample in self._case.own:
            if sample.time_us is not None and sample.channel.startswith(OWN):
                key = sample.time_us, sample.kept.row if sample.kept else -1
                rows[key][sample.channel.removeprefix(OWN)] = sample
        return dict(sorted(rows.items()))

    def judge(self):
        """Report each value that the witnesses do not allow."""
        sizes_before = 0
        for (time_us, _), row in self._rows.items():
            for name, low, high in self._bounds(time_us, row, sizes_before):
                self._check(row, name, low, high)
            sizes_before += len(row)
        self._judge_stated()

    def _judge_stated(self):
        """Report each estimated boot without a row that states its uncertainty.

        After a power cut, further rows may state those of estimates that were not saved.
        """
        name = "clock_uncertainty_ms"
        stated = {(us, row[name].value) for (us, _), row in self._rows.items() if name in row}
        ledgers = self._case.final.ledgers.values()
        if any(each.dropped or each.thinned for each in ledgers):
            return
        for boot, place in self._case.estimates.stated():
            if place not in stated:
                text = f"no row states that boot {boot} is estimated within {place[1]} ms"
                self._case.report(OWN + name, place[0], text)

    def _check(self, row, name, low, high):
        sample = row.get(name)
        if sample and not low <= sample.value <= high:
            wanted = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            text = f"the node says {sample.value:g}, the witnesses {wanted}"
            self._case.report(sample.channel, sample.time_us, text)

    def _bounds(self, time_us, row, sizes_before):
        """Yield (name, lowest value, highest value) for the values of a row that can be judged.

        The row's time is its stamp. Events that it counts may have happened shortly before or
        after.
        """
        log = self._case.board_log
        reach_us = self._case.bound.reach_us(time_us)
        span = time_us - reach_us, time_us + reach_us
        if list(row) == ["clock_uncertainty_ms"]:
            # It states the uncertainty of an estimate: see _judge_stated.
            return
        yield "boots", self._least_boots(span[0]), log.power_of(span[1]).number + 1
        causes = log.causes_within(*span)
        yield "reset_cause", min(causes, default=0), max(causes, default=0)
        for sample in row.values():
            if sample.kept:
                yield "row", sample.kept.row, sample.kept.row
                break
        if not self._is_fast:
            yield "sampled", *self._sampled_bounds(span, sizes_before)
        if not self._held_count:
            # A held channel has separate counters, which may be the counters in the row.
            yield "delivered", *self._delivered_bounds(span)
            yield from self._lost_bounds()
            yield from self._waiting_bounds(row)
        yield "sensor_errors", *self._error_bounds(span)
        on_us = log.power_of(span[0]).on_us
        resets = [each for each, cause in log.boots if on_us < each <= span[1] and cause in (2, 3)]
        yield "crashes", 0, len(resets)
        error_ms = self._clock_error_ms(on_us, span[1])
        yield "clock_error_ms", -error_ms, error_ms
        yield "clock_uncertainty_ms", 1, self._uncertainty_ms_max(on_us, span[1])
        # 0 means that there was no signal.
        if not (self._is_disturbed and "rssi" in row and row["rssi"].value == 0):
            yield "rssi", min(self._signals), max(self._signals)
        yield "denied", 0, self._denied_max(span[1])

    def _least_boots(self, time_us):
        """Return the number of power cycles that were certainly counted: those with a sample."""
        powers = [each for each in self._case.board_log.powers if each[0] <= time_us]
        # The last power cycle always counts, because it has the row itself.
        return 1 + sum(
            bisect_left(self._sampled, off_us) > bisect_left(self._sampled, on_us)
            for on_us, off_us in powers[:-1]
        )

    def _sampled_bounds(self, span, sizes_before):
        low = bisect_left(self._sampled, span[0]) + sizes_before
        high = bisect_right(self._sampled, span[1]) + sizes_before + self._undated_count
        return low & _VALUE_MAX, high & _VALUE_MAX

    def _delivered_bounds(self, span):
        bounds = []
        for part in self._parts:
            received_us = self._received_us[part.label]
            low = bisect_left(received_us, span[0])
            low -= self._losses.count(part.table, span[0])
            bounds.append((low, bisect_right(received_us, span[1])))
        # With several uplinks, the counters belong to the uplink with the most waiting
        # readings.
        return max(min(low for low, _ in bounds), 0), max(high for _, high in bounds)

    def _waiting_bounds(self, row):
        """Yield the bounds of `waiting`: the readings minus the other, already judged counts."""
        names = ("delivered", "set_aside", "dropped", "thinned", "damaged")
        if row.keys() >= {"sampled", *names}:
            left = row["sampled"].value - sum(row[name].value for name in names)
            # Readings that an uplink does not take are in none of these counts.
            takes_all = not any(part.counts.others for part in self._parts)
            yield "waiting", left if takes_all else 0, left

    def _lost_bounds(self):
        for name in ("set_aside", "dropped", "thinned"):
            places = [vars(part.counts)[name] for part in self._parts]
            if name == "set_aside":
                # A refused reading may have been accepted later, after the owner's order to resend
                # it. It may also have been dropped, because the space for refused readings is
                # limited.
                places = [part.counts.set_aside + part.counts.dropped for part in self._parts]
                places += [len(part.table.refused) for part in self._parts]
                # A reading that the server stored counts as delivered here, and as set aside on
                # the node, if the answer was lost.
                most = max(part.doubted_count for part in self._parts)
                places = [place + most for place in places]
            yield name, 0, max(places)
        # No bits flip in a run.
        yield "damaged", 0, 0
        waits = self._case.evidence.typed["node"]["durability"] == "stage"
        cuts = sum(end.kind == "cut" for end in self._case.board_log.ends)
        yield "gaps", 0, cuts if waits else 0

    def _error_bounds(self, span):
        """Return the bounds of the number of sensor failures that the node can have counted."""
        low = high = 0
        power_of, near_us = self._case.board_log.power_of, _ATTEMPT_US * self._case.bound.speed
        on_first_us, on_last_us = (power_of(time_us).on_us for time_us in span)
        for sensor in self._case.evidence.typed["sensor"]:
            driver = sensor["driver"]
            faults_us = self._case.devices.faults_us(driver)
            # A node also counts the samples in a FIFO that it could not read, and values outside
            # the configured limits.
            others_us = self._unread_us[driver] + self._case.devices.withheld_us(driver)
            high += sum(on_first_us <= each <= span[1] for each in faults_us + others_us)
            sure = [each for each in faults_us if on_last_us <= each <= span[0]]
            low += sum(after - before > near_us for before, after in pairwise(sure))
            if "source" in sensor:
                # No witness knows when a third-party driver fails.
                high = inf
        return low, high

    def _clock_error_ms(self, on_us, time_us):
        """Return the bound of the last clock correction, in ms: 0 before the second sync."""
        syncs_us = self._case.evidence.syncs_us
        count = bisect_right(syncs_us, time_us) - bisect_left(syncs_us, on_us)
        if count < 2:
            return 0
        passed_us = self._dated_us(on_us, time_us)
        drift_ms = self._case.evidence.drift_ppm * passed_us / 1e9
        stalled_us = self._case.evidence.standstill.largest_us(on_us, time_us)
        drift_ms += _ROUNDING_MS + _ROUNDING_PPM * passed_us / 1e9
        return 2 * self._case.bound.error_ms_max + drift_ms + stalled_us / 1000

    def _uncertainty_ms_max(self, on_us, time_us):
        """Return the bound of the stated uncertainty of the clock, in ms."""
        return _ANSWER_MS + self._dated_us(on_us, time_us) * _DRIFT_PPM / 1e9

    def _dated_us(self, on_us, time_us):
        """Return the time since the power-on, or since the first answer of a time server."""
        return time_us - max(on_us, min(self._case.evidence.syncs_us, default=on_us))

    def _denied_max(self, time_us):
        if time_us < self._denied_us:
            return 0
        return (1 << len(self._parts) + self._held_count) - 1
