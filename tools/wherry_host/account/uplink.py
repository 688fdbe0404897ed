"""One uplink's part of an account: find, at its server, each sample that the uplink takes."""

from collections import defaultdict

from wherry_host.account.counts import Counts
from wherry_host.account.matching import nearest
from wherry_host.account.moments import moment

# The status of a reading set aside because the answer to its batch was lost (docs/spec.md).
_LOST_ANSWER = 1
# The relative error of a number read from text, less than one unit of its last decimal.
_NOISE = 1e-12


class UplinkAccount:
    """`case` is the Case, `table` a Table; `excuses` and `losses` belong to the case.

    `conclude` sets `counts`, `worst_stamp_error_ms`, and `places` {sample: place}, without samples
    that are lost or differ. `report` is as in Case.
    """

    def __init__(self, case, table, excuses, losses, report):
        self.label = table.label
        self.counts = Counts()
        self.worst_stamp_error_ms = 0.0
        self.places = {}
        self._case, self.table, self._report = case, table, report
        self._excuses, self._losses = excuses, losses
        self._aside = {
            (reading.row, reading.channel): status
            for uplink, status, reading in case.final.aside
            if uplink in (table.label, "")
        }
        # These may be at the server as well.
        self.doubted_count = sum(each == _LOST_ANSWER for each in self._aside.values())
        places = ((each.row, each.index) for _, _, each in case.final.aside)
        self._first_aside = min(places, default=(0, 0))
        #: {sample: (stamp_us, value)} of the samples that the server has.
        self.points = {}
        self._left = self._find([each for each in case.samples + case.own if self.takes(each)])

    def takes(self, sample):
        """Return True if the uplink takes a sample."""
        return self.table.takes(sample.channel)

    def has(self, sample):
        """Return True if the server has a sample, or the flash has it set aside."""
        return sample in self.points or self._aside_status(sample) is not None

    def _aside_status(self, sample):
        kept = sample.kept
        return kept and self._aside.get((kept.row, kept.channel))

    def _find(self, samples):
        """Assign each sample its point, by the stamp in flash or by time; return the others."""
        points = self.table.points
        # This includes rows that have left the flash.
        held = self._case.held.readings
        taken = set()

        def give(sample, i):
            self.points[sample] = points[i][1:3]
            taken.add(i)

        places = {point[:2]: i for i, point in enumerate(points)}
        for sample in samples:
            reading = held.get(sample)
            i = reading and places.get((sample.channel, reading.stamp_us))
            if i is not None and i not in taken:
                give(sample, i)
        rest = [sample for sample in samples if sample not in self.points]
        # If a reading in flash has a second point, that point does not belong to another sample.
        own = {(each.channel, held[each].stamp_us) for each in self.points if each in held}
        numbered = [
            (*point[:3], i)
            for i, point in enumerate(points)
            if i not in taken and point[:2] not in own
        ]
        for sample, (*_, i) in nearest(rest, numbered, self._case.bound.speed):
            give(sample, i)
        return [point for i, point in enumerate(points) if i not in taken]

    def conclude(self, samples):
        """Find the place of each sample that was in a row; report samples without one."""
        self.counts.sampled = len(samples)
        for sample in samples:
            place = self._place(sample)
            if place and (place != "delivered" or self._is_right(sample)):
                self.places[sample] = place
                self.counts.add(place)
        self._judge_copies()

    def _place(self, sample):
        """Return a sample's place, or report a difference and return None."""
        if not self.takes(sample):
            return "others"
        if sample in self.points:
            return "delivered"
        if self._aside_status(sample) is not None:
            return self._set_aside(sample)
        kept = sample.kept
        if kept:
            ledger = self._case.final.ledger_of(self.label, sample.channel)
            if (kept.row, kept.index) >= ledger[:2]:
                return "waiting"
            if self._was_given_up(kept) or self._is_undated(sample):
                return "dropped"
            text = f"lost: row {kept.row} is in flash, and the node has passed it"
            self._report(sample.channel, sample.time_us, text)
            return None
        place = self._excuses.of(sample) or self._excuses.of_full_flash(sample)
        if place in ("in_gap", "dropped", "thinned"):
            return place
        if self._is_undated(sample):
            return "dropped"
        self._report(sample.channel, sample.time_us, "lost: neither at the server nor in flash")
        return None

    # Readings set aside

    def _set_aside(self, sample):
        """Return "set_aside" if there was a reason to refuse a sample; otherwise report it."""
        if self._aside_status(sample) == 0:
            later = self._dated_later(sample)
            if self._case.estimates.are_due:
                text = "set aside without a date, which was to be estimated"
            elif later is None:
                return "set_aside"
            else:
                text = f"set aside without a date, which the row of {moment(later)} has"
        elif self._aside_status(sample) == _LOST_ANSWER:
            if self._losses.any_of(self.table.api):
                return "set_aside"
            text = "set aside for a lost answer, and no answer was lost"
        else:
            if self._was_refused(sample.kept):
                return "set_aside"
            text = "set aside, and the server has not refused it alone"
        self._report(sample.channel, sample.time_us, text)
        return None

    def _dated_later(self, sample):
        """Return the time of a later dated sample in the same power cycle, or None."""
        if sample.time_us is None:
            return None
        off_us = self._case.board_log.power_of(sample.time_us).off_us
        return self._dated_between(sample.time_us, off_us)

    def _dated_between(self, begin_us, end_us):
        """Return the time of the first dated sample between two times, or None."""
        for other in self._case.samples:
            if begin_us < other.time_us < end_us:
                dated = other in self.points or (other.kept and other.kept.stamp_us is not None)
                if dated and self.takes(other):
                    return other.time_us
        return None

    def _is_undated(self, sample):
        """Return True if the node drops samples without a time, and this may be one."""
        if self._case.evidence.typed["time"]["undated"] != "drop" or sample.time_us is None:
            return False
        log = self._case.board_log
        _, on_us, off_us = log.power_of(sample.time_us)
        return off_us < log.powers[-1][0] and self._dated_between(on_us, off_us) is None

    def _was_given_up(self, kept):
        """Return True if a reading may have been set aside and then dropped for lack of room."""
        if (kept.row, kept.index) >= self._first_aside:
            return False
        return kept.stamp_us is None or self._was_refused(kept)

    def _was_refused(self, kept):
        return (kept.channel, kept.stamp_us) in self.table.refused

    # Points at the server

    def _is_right(self, sample):
        """Return True if a sample's point has its value and stamp; else report the differences."""
        stamp_us, value = self.points[sample]
        bound = self._case.bound
        wrong = []
        if not sample.allows(value):
            wrong.append(f"value {value:g} is stored, {sample.value:g} was measured")
        # This includes rows that have left the flash.
        held = self._case.held.readings.get(sample)
        if held and held.is_estimated:
            text = self._case.estimates.problem(held, sample)
            wrong += [text] if text else []
        elif sample.device:
            error_ms = abs(stamp_us - sample.time_us) / 1000
            self.worst_stamp_error_ms = max(self.worst_stamp_error_ms, error_ms)
            if bound.is_exceeded(error_ms, sample.time_us):
                limit = f"more than {bound.error_ms_max:g} ms"
                wrong.append(f"the stamp is {error_ms:.1f} ms off, {limit}")
        kept = sample.kept
        if held and abs(held.value - value) > _NOISE * max(abs(value), 1):
            wrong.append(f"value {value:.10g} is stored, the flash has {held.value:.10g}")
        if kept and kept.stamp_us != stamp_us:
            wrong.append(f"the flash has another stamp, {moment(kept.stamp_us)}")
        for text in wrong:
            self._report(sample.channel, sample.time_us, text)
        return not wrong

    def _judge_copies(self):
        """Judge the points that came twice, and the points that no sample explains."""
        allowed = 0
        repeated = self._losses.repeated(self.table) if self.table.deduplicates else []
        if repeated:
            channel, time_us, *_ = repeated[0]
            more = f"; so did {len(repeated) - 1} more" if repeated[1:] else ""
            self._report(channel, time_us, f"came twice, and no answer to it was lost{more}")
        if not self.table.deduplicates:
            # A server that does not deduplicate stores or shows a repeated point once more.
            allowed = self._losses.count(self.table)
            copies = sum(point[3] for point in self.table.points)
            self.counts.duplicates = copies
            if copies > allowed:
                text = f"{copies} came twice, the answers to {allowed} may have been lost"
                self._report(None, None, text)
        delivered = defaultdict(list)
        for sample in self.points:
            delivered[sample.channel].append(sample)
        for channel, time_us, value, *_ in self._left:
            same = [sample for sample in delivered[channel] if sample.allows(value)]
            if not same:
                self._report(channel, time_us, f"unexplained point of value {value:g}")
                continue
            self.counts.duplicates += 1
            if self.counts.duplicates > allowed:
                near = min(same, key=lambda sample: abs((sample.time_us or 0) - time_us))
                text = f"duplicate of the sample of {moment(near.time_us)}, value {value:g}"
                self._report(channel, time_us, text)
