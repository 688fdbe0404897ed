"""One uplink's part of an account: each sample it takes is looked for at its server.

The node's own counters serve only for what its storage no longer holds: what is gone must not
exceed them.
"""

from bisect import bisect_right
from collections import Counter, defaultdict

from wherry_host.counts import Counts
from wherry_host.measured import moment, nearest

# A request may reach the server this long after its sender was ended: less than any start takes.
_ON_THE_WAY_US = 500_000


class UplinkAccount:
    """`table` is a Table, `flash` the FlashSide, `tell(channel, time_us, text)` as there.

    After `settle`: `counts`, `worst_stamp_error_ms`, and `places`, {sample: place}, without those
    that are lost or differ.
    """

    def __init__(self, table, flash, tell):
        self.label = table.label
        self.counts = Counts()
        self.worst_stamp_error_ms = 0.0
        self.places = {}
        self._table = table
        self._flash = flash
        self._tell = tell
        self._progress = progress = flash.kept.of(table.label)
        self._set_aside = {(each.row, each.channel) for each in progress.set_aside}
        #: {sample: (stamp_us, value)} of those that the server has.
        self.points = {}
        self._left = self._find([sample for sample in flash.samples if self.takes(sample)])

    def takes(self, sample):
        """Tell whether a sample is the uplink's."""
        if not self._table.takes(sample.channel):
            return False
        first_row, row = self._progress.first_row, self._flash.row(sample)
        return not first_row or row is None or row >= first_row

    def is_set_aside(self, sample):
        """Tell whether the server has refused a sample, by what the node keeps of that."""
        return (self._flash.row(sample), sample.channel) in self._set_aside

    def _find(self, samples):
        """Give each sample its point, by the flash's stamp or else by time; return the rest."""
        points = self._table.points
        taken = set()

        def give(sample, i):
            self.points[sample] = points[i][1:3]
            taken.add(i)

        places = {point[:2]: i for i, point in enumerate(points)}
        for sample in samples:
            i = sample.kept and places.get((sample.channel, sample.kept.stamp_us))
            if i is not None and i not in taken:
                give(sample, i)
        rest = [sample for sample in samples if sample not in self.points]
        # A second point of a reading in flash is no other sample's.
        own = {(sample.channel, sample.kept.stamp_us) for sample in self.points if sample.kept}
        numbered = [
            (*point[:3], i)
            for i, point in enumerate(points)
            if i not in taken and point[:2] not in own
        ]
        for sample, (*_, i) in nearest(rest, numbered):
            give(sample, i)
        return [point for i, point in enumerate(points) if i not in taken]

    def settle(self, samples):
        """Find the place of each sample that was sampled; tell of what has none."""
        counts = self.counts
        counts.sampled = len(samples)
        counts.doubted = self._progress.doubted
        gone = []
        for sample in samples:
            place = self._place(sample)
            if place is None:
                gone.append(sample)
            elif place != "delivered" or self._is_right(sample):
                self._put(sample, place)
        self._explain(gone)
        self._judge()

    def _put(self, sample, place):
        self.places[sample] = place
        self.counts.add(place)

    def _place(self, sample):
        if not self.takes(sample):
            return "others"
        if sample in self.points:
            return "delivered"
        if self.is_set_aside(sample):
            return "set_aside"
        kept = sample.kept
        if kept and (kept.row, kept.index) >= self._progress.cursor_of(sample.channel):
            return "waiting"
        return None

    def _is_right(self, sample):
        """Tell whether a sample's point has its value and its stamp; tell of one that has not."""
        if sample.value is None:
            return True
        stamp_us, value = self.points[sample]
        bound = self._flash.bound
        error_ms = abs(stamp_us - sample.time_us) / 1000
        self.worst_stamp_error_ms = max(self.worst_stamp_error_ms, error_ms)
        wrong = []
        if not sample.allows(value):
            wrong.append(f"value {value:g} is stored, {sample.value:g} was measured")
        if bound.is_exceeded(error_ms, sample.time_us):
            wrong.append(f"the stamp is {error_ms:.1f} ms off, more than {bound.error_ms_max} ms")
        if sample.kept and sample.kept.stamp_us != stamp_us:
            wrong.append(f"the flash has another stamp, {moment(sample.kept.stamp_us)}")
        for text in wrong:
            self._tell(sample.channel, sample.time_us, text)
        return not wrong

    def _explain(self, gone):
        """Lay what is nowhere to what the node counts as thinned and dropped, or to a gap.

        Only rows older than all in flash can have been given up, those of thinned segments, and
        readings older than all that are set aside: their room, shared by all uplinks, is bounded
        too. A newer one is lost for sure.
        """
        flash, progress = self._flash, self._progress
        first = min((reading.row for reading in flash.kept.readings), default=0)
        refused = ((each.row, each.index) for each in progress.set_aside)
        aside = min(refused, default=progress.cursor)
        credit = {"dropped": progress.dropped, "thinned": progress.thinned}
        for sample in gone:
            if not sample.kept and flash.is_in_gap(sample.time_us):
                self._put(sample, "in_gap")
                continue
            row = flash.row(sample)
            thinned = any(begin <= (row or 0) < end for begin, end in flash.kept.thinned_rows)
            places = ("thinned",) if thinned else tuple(credit)
            place = next((place for place in places if credit[place]), None)
            old = row is not None and (row < first or thinned)
            if place and (old or (sample.kept and (row, sample.kept.index) < aside)):
                credit[place] -= 1
                self._put(sample, place)
                continue
            where = "behind the cursor in flash" if sample.kept else "nowhere"
            if row is not None:
                where = f"row {row}, {where}"
            self._tell(sample.channel, sample.time_us, f"lost: {where}")

    def _judge(self):
        """Tell of points that are no sample's: stored twice without a doubt, or never measured."""
        delivered = defaultdict(list)
        for sample in self.points:
            if sample.value is not None:
                delivered[sample.channel].append(sample)
        allowed = 0
        if not self._table.deduplicates:
            # One that its key recognised would have been stored, or shown, once more there.
            allowed = self._progress.doubted + self._cut_off()
            copies = sum(point[3] for point in self._table.points)
            self.counts.duplicates = copies
            if copies > allowed:
                self._tell(None, None, f"{copies} came twice, {allowed} were sent in doubt")
        self._judge_left(delivered, allowed)

    def _judge_left(self, delivered, allowed):
        for channel, time_us, value, *_ in self._left:
            same = [sample for sample in delivered[channel] if sample.allows(value)]
            if not same:
                self._tell(channel, time_us, f"unexplained point of value {value:g}")
                continue
            self.counts.duplicates += 1
            if self.counts.duplicates > allowed:
                twin = min(same, key=lambda sample: abs(sample.time_us - time_us))
                text = f"duplicate of the sample of {moment(twin.time_us)}, value {value:g}"
                self._tell(channel, time_us, text)

    def _cut_off(self):
        """Return how many points came with the last request before each end of the program.

        The node may have had no time to note that the server has them, nor that it is in doubt.
        """
        counts = Counter(point[4] for point in self._table.points)
        received = sorted(counts)
        lasts = {bisect_right(received, end_us + _ON_THE_WAY_US) for end_us in self._flash.ends_us}
        return sum(counts[received[i - 1]] for i in lasts if 0 < i < len(received))
