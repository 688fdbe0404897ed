"""The readings of a life by time: waiting, delivered, missing, and the errors of their stamps.

The measurements are from the device models, and the deliveries from the servers.
"""

from collections import defaultdict
from itertools import pairwise

from wherry_host.account.shapes import of_section
from wherry_host.account.uplink_tables import dialect_of, own_names, place_of, takes
from wherry_host.year.judge.excuses import Excuses, Refused
from wherry_host.year.judge.lateness import UPLOAD_US, periods_us
from wherry_host.year.judge.stamp_bound import StampBound
from wherry_host.year.judge.table import Column, Entry
from wherry_host.year.site import name_of

# A reading is late after this number of upload periods, and a span without a measurement is a gap
# after this number of sampling periods.
_LATE_PERIODS = _GAP_PERIODS = 1.5


class Readings:
    """The readings of a Life that has ended, in each of some Steps.

    `on_time` and `late` count deliveries at the last server that takes a reading, by their time.
    `waiting` has the most readings at a time that were measured and not delivered. `lost` counts
    readings that were cut short or left RTC memory or a full flash, `refused` those that a server
    refused alone. `errors_us` has (error, its bound) of the worst stamp, or None. `gaps` has
    (sensor, [us without a measurement]) of each sensor.
    """

    def __init__(self, life, steps):
        self._life, self.steps = life, steps
        node = life.site.node
        self._period_us, send_us = periods_us(node.typed)
        #: The delay after which a delivery is late.
        self.late_us = round(_LATE_PERIODS * send_us) + UPLOAD_US
        self.on_time, self.late = [0] * steps.count, [0] * steps.count
        self.lost, self.refused = [0] * steps.count, [0] * steps.count
        self.errors_us = [None] * steps.count
        self.gaps = []
        self._bound = StampBound(life)
        self._excuses = Excuses(life, self._bound)
        # The true times at which readings began and ended to wait.
        self._began_us, self._ended_us = [], []
        uplinks = [_Uplink(life.site, each) for each in node.typed["uplink"]]
        for number, section in enumerate(node.typed["sensor"]):
            self._take_section(name_of(number), section, uplinks)
        self.waiting = _most(sorted(self._began_us), sorted(self._ended_us), steps)
        #: The readings that waited at the end.
        self.held_count = len(self._began_us) - len(self._ended_us)

    def _take_section(self, model, section, uplinks):
        witness, times_us = self._life.site.witness, set()
        warm_up_us = section.get("warm_up_ms", 0) * 1000
        for own, shape in of_section(section):
            samples = witness.samples.get((model, own), [])
            samples = [each for each in samples if (model, each[0]) not in witness.unread_us]
            times_us.update(time_us for time_us, _ in samples)
            taking = [each for each in uplinks if each.takes(shape)]
            rows = [self._matched(shape, samples, each) for each in taking]
            for sample, entries in zip(samples, zip(*rows, strict=True), strict=bool(rows)):
                lacking = [one for one, entry in zip(taking, entries, strict=True) if not entry]
                if lacking and self._excuses.of(model, shape, warm_up_us, sample):
                    self.lost[self.steps.index(sample[0])] += 1
                elif any(self._is_refused(one, shape, sample[0]) for one in lacking):
                    self.refused[self.steps.index(sample[0])] += 1
                else:
                    self._take(sample[0], entries)
        gap_us = _GAP_PERIODS * self._period_us * section.get("every", 1) + UPLOAD_US
        names = ", ".join(shape.name for _, shape in of_section(section))
        label = f"{section['driver']} ({names})"
        self.gaps.append((label, self._missing_us(sorted(times_us), gap_us)))

    def _matched(self, shape, samples, uplink):
        """Return the Entry at a server of each sample, or None; as the tally assigns them."""
        typed = self._life.site.node.typed
        near_us = typed["node"]["sample_every_ms"] * 1000 // 2
        column = Column(shape, samples, self._bound, near_us)
        entries = uplink.entries(shape)
        for find in (column.fitting, column.nearest):
            rest = []
            for entry in entries:
                free = [i for i in find(entry) if column.places[i] is None]
                if free:
                    column.places[free[0]] = entry
                    self._note_error(column, free[0], entry)
                else:
                    rest.append(entry)
            entries = rest
        return column.places

    def _note_error(self, column, i, entry):
        time_us = column.times_us[i]
        step, error_us = self.steps.index(time_us), abs(time_us - entry.time_us)
        if self.errors_us[step] is None or error_us > self.errors_us[step][0]:
            self.errors_us[step] = error_us, column.errors_us[i]

    def _is_refused(self, uplink, shape, time_us):
        return uplink.refused.has(shape.name, time_us, self._bound.error_us(time_us))

    def _take(self, time_us, entries):
        self._began_us.append(time_us)
        if None not in entries:
            received_us = max(entry.received_us for entry in entries)
            self._ended_us.append(received_us)
            is_late = received_us - time_us > self.late_us
            (self.late if is_late else self.on_time)[self.steps.index(received_us)] += 1

    def _missing_us(self, times_us, gap_us):
        steps, found = self.steps, [0] * self.steps.count
        for before_us, after_us in pairwise([steps.begin_us, *times_us, steps.end_us]):
            if after_us - before_us > gap_us:
                for i, us in steps.parts(before_us, after_us):
                    found[i] += us
        return found


class _Uplink:
    """The points of one uplink at its server, by channel."""

    def __init__(self, site, uplink):
        node = site.node
        self._takes = takes(uplink["selection"])
        own = own_names(node, uplink)
        place = place_of(node, node.typed["node"]["name"], uplink)
        dialect = dialect_of(uplink)[1]
        self.refused = Refused(site.store, place, own, dialect, aside_count=0)
        self._points = defaultdict(list)
        for (channel, time_us), point in site.store.points.get(place, {}).items():
            self._points[own.get(channel, channel)].append((time_us, point))

    def takes(self, shape):
        return self._takes(shape.name)

    def entries(self, shape):
        """Return the Entries of a channel, in order of their stamps."""
        return sorted(
            Entry((time_us,), point.value, received_us=point.received_us)
            for time_us, point in self._points[shape.name]
        )


def _most(began_us, ended_us, steps):
    """Return the most readings that waited at a time of each step; both lists are sorted."""
    found, count, at = [], 0, 0
    ends = iter([*ended_us, steps.end_us + 1])
    end_us = next(ends)
    for i in range(steps.count):
        edge_us = steps.edge_us(i + 1) if i < steps.count - 1 else steps.end_us + 1
        most = count
        while at < len(began_us) and began_us[at] < edge_us:
            while end_us <= began_us[at]:
                count, end_us = count - 1, next(ends)
            count, at = count + 1, at + 1
            most = max(most, count)
        while end_us < edge_us:
            count, end_us = count - 1, next(ends)
        found.append(most)
    return found
