"""The faults of a life, each begun and ended at its time."""

from collections import defaultdict

from wherry_host.year.faults.kinds import KINDS
from wherry_host.year.faults.strength import scaled


class Schedule:
    """Begins and ends the Faults of a Life on its clock."""

    def __init__(self, life):
        self._life = life
        #: The kinds of the faults that have begun.
        self.kinds = set()
        # {kind: the true time of its end}, and {kind: functions that end its faults}.
        self._until_us, self._ends = {}, defaultdict(list)
        #: (kind, begin, end) in true us of each fault that has begun.
        self.spans = []

    def add(self, faults, from_us):
        """Let faults begin, each at its time after a true time.

        One that began before now begins now and ends at its time, unless it has ended already.
        """
        clock = self._life.clock
        for fault in faults:
            at_us = from_us + fault.at_s * 1_000_000
            begin_us = max(at_us, clock.us)
            span_us = round(scaled(KINDS[fault.kind].span_s, fault.strength) * 1_000_000)
            if not span_us or at_us + span_us > begin_us:
                clock.at(begin_us, self._begin, fault, max(at_us + span_us, begin_us))

    def _begin(self, fault, until_us):
        kind, clock = KINDS[fault.kind], self._life.clock
        self.kinds.add(fault.kind)
        until_us = max(self._until_us.get(fault.kind, 0), until_us)
        self._until_us[fault.kind] = until_us
        self.spans.append((fault.kind, clock.us, until_us))
        if until_us > clock.us:
            clock.at(until_us, self._end, fault.kind)
        end = kind.begin(self._life, fault)
        if end:
            self._ends[fault.kind].append(end)

    def _end(self, kind):
        # Faults of a kind that overlap end together.
        if self._life.clock.us >= self._until_us[kind]:
            for end in self._ends.pop(kind, ()):
                end()
