"""The faults of a life, each begun and ended at its time."""

from collections import defaultdict
from typing import NamedTuple

from wherry_host.year.faults.kinds import KINDS
from wherry_host.year.faults.strength import scaled


class Span(NamedTuple):
    """A fault that has begun, in true us; `uplink` is as in a Fault."""

    kind: str
    begin_us: int
    end_us: int
    uplink: int


class Schedule:
    """Begins and ends the Faults of a Life on its clock."""

    def __init__(self, life):
        self._life = life
        #: The kinds of the faults that have begun.
        self.kinds = set()
        # {(kind, uplink): the true time of its end}, and {(kind, uplink): functions that end it}.
        self._until_us, self._ends = {}, defaultdict(list)
        #: The Span of each fault that has begun.
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
        key, clock = (fault.kind, fault.uplink), self._life.clock
        self.kinds.add(fault.kind)
        until_us = max(self._until_us.get(key, 0), until_us)
        self._until_us[key] = until_us
        self.spans.append(Span(fault.kind, clock.us, until_us, fault.uplink))
        if until_us > clock.us:
            clock.at(until_us, self._end, key)
        end = KINDS[fault.kind].begin(self._life, fault)
        if end:
            self._ends[key].append(end)

    def _end(self, key):
        # Faults of a kind that overlap end together.
        if self._life.clock.us >= self._until_us[key]:
            for end in self._ends.pop(key, ()):
                end()
