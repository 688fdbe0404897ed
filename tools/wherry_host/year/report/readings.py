"""The readings of a life by time: waiting, delivered, missing, and the errors of their stamps.

The tally has assigned their places.
"""

from itertools import pairwise

from wherry_host.year.judge.lateness import UPLOAD_US, longest_sample_us, longest_send_us
from wherry_host.year.site import name_of

# A reading is late after this number of upload periods, and a span without a measurement is a gap
# after this number of sampling periods.
_LATE_PERIODS = _GAP_PERIODS = 1.5
_GONE = {"cut_short", "in_gap", "thinned", "dropped", "damaged"}


class Readings:
    """The readings of a Life that has ended and of its Tally, in each of some Steps.

    `on_time` and `late` count deliveries at the last server that takes a reading, by their time.
    `waiting` has the most readings at a time that were measured and not delivered. `gone` counts
    readings that were cut short or left RTC memory or the flash, `refused` those that are set
    aside, and `lost` those that are violations. `errors_us` has (error, its bound) of the worst
    stamp, or None. `gaps` has (sensor, [us without a measurement]) of each sensor.
    """

    def __init__(self, life, tally, steps):
        self.steps, site = steps, life.site
        self._unread_us = life.site.witness.unread_us
        #: The delay after which a delivery is late.
        self.late_us = round(_LATE_PERIODS * longest_send_us(site)) + UPLOAD_US
        self.on_time, self.late = [0] * steps.count, [0] * steps.count
        self.gone, self.refused = [0] * steps.count, [0] * steps.count
        self.lost = [0] * steps.count
        self.errors_us = [None] * steps.count
        # The true times at which readings began and ended to wait.
        self._began_us, self._ended_us = [], []
        sections = {}
        for number, shape, columns in tally.columns:
            if columns:
                names, times_us = sections.setdefault(number, ([], set()))
                names.append(shape.name)
                self._take_channel(name_of(number), columns, times_us)
        sensors, period_us = site.nodes[0].typed["sensor"], longest_sample_us(site)
        self.gaps = [
            self._gap(sensors[number], names, sorted(times_us), period_us)
            for number, (names, times_us) in sections.items()
        ]
        self.waiting = _most(sorted(self._began_us), sorted(self._ended_us), steps)
        #: The readings that waited at the end.
        self.held_count = len(self._began_us) - len(self._ended_us)

    def _take_channel(self, model, columns, times_us):
        """Take the Columns of a channel, and add the times of its measurements."""
        for i, time_us in enumerate(columns[0].times_us):
            if (model, time_us) in self._unread_us:
                continue
            times_us.add(time_us)
            places = {column.places[i] for column in columns}
            if places == {"delivered"}:
                self._deliver(time_us, max(column.entries[i].received_us for column in columns))
            elif "waiting" in places:
                self._began_us.append(time_us)
            else:
                counts = self.lost if None in places else self.refused
                counts = self.gone if places & _GONE else counts
                counts[self.steps.index(time_us)] += 1
            for column in columns:
                if column.places[i] == "delivered":
                    self._note_error(column, i)

    def _deliver(self, time_us, received_us):
        self._began_us.append(time_us)
        self._ended_us.append(received_us)
        is_late = received_us - time_us > self.late_us
        (self.late if is_late else self.on_time)[self.steps.index(received_us)] += 1

    def _note_error(self, column, i):
        time_us = column.times_us[i]
        step, error_us = self.steps.index(time_us), abs(time_us - column.entries[i].time_us)
        if self.errors_us[step] is None or error_us > self.errors_us[step][0]:
            self.errors_us[step] = error_us, column.errors_us[i]

    def _gap(self, section, names, times_us, period_us):
        """Return (label, [us without a measurement]) of a section of sensors."""
        gap_us = _GAP_PERIODS * period_us * section.get("every", 1) + UPLOAD_US
        steps, found = self.steps, [0] * self.steps.count
        for before_us, after_us in pairwise([steps.begin_us, *times_us, steps.end_us]):
            if after_us - before_us > gap_us:
                for i, us in steps.parts(before_us, after_us):
                    found[i] += us
        return f"{section['driver']} ({', '.join(names)})", found


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
