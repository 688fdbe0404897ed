"""Find the samples that the flash has held, and how they left it. Each reading is matched once."""

from wherry_host.account.departures import departures
from wherry_host.account.in_order import in_order
from wherry_host.account.matching import BootTimes, left_of, nearest
from wherry_host.account.samples import Sample


class Held:
    """`samples` are from the device models, `witness` is the FlashWitness of their run,
    `board_log` its BoardLog, `speed` the highest speed of its clock, `unwitnessed` an Unwitnessed.

    `final` is the Flash at the end, `departures` are the operations that removed rows. `readings`
    {sample: Reading} has all samples that the flash has held, `kept` the samples that the final
    flash has. `own` has a Sample for each reading of an unwitnessed channel.
    """

    def __init__(self, samples, unwitnessed, witness, board_log, speed=1):
        self._witness = witness
        self._unwitnessed = unwitnessed
        ends = [witness.count_at(end.over_us) for end in board_log.ends]
        self.departures = list(departures(witness, ends))
        self.final = final = witness.after(witness.count)
        # {(row key, channel): (Reading, its Departure)} for rows that are not in the final queue.
        self._left = {
            (each.row_key, each.channel): (each, departure)
            for departure in self.departures
            for each in departure.readings
            if each.row_key not in final.row_keys
        }
        self._aside = _refused(final)
        readings = final.readings + [reading for reading, _ in self._left.values()]
        known = {(each.row, each.channel) for each in readings}
        readings += [each for place, each in self._aside.items() if place not in known]
        self._times = BootTimes(samples, board_log, speed)
        self._times.learn(readings)
        self.readings = self._matched(samples, readings, speed)
        kept = {sample: self._kept(reading) for sample, reading in self.readings.items()}
        self.kept = {sample: reading for sample, reading in kept.items() if reading}
        self.own = [self._own(each) for each in readings if each.channel in unwitnessed]
        self._moments = {}

    def _matched(self, samples, readings, speed):
        entries = [
            (each.channel, self._times.time_us(each), each.value, each)
            for each in readings
            if each.channel not in self._unwitnessed
        ]
        # A sample that was never read from its FIFO cannot be in a row.
        taken = [sample for sample in samples if sample.is_read]
        pairs = in_order(taken, entries, speed)
        samples, entries = left_of(taken, entries, pairs)
        return {sample: entry[3] for sample, entry in pairs + nearest(samples, entries, speed)}

    def _kept(self, reading):
        """Return a reading as the final flash has it: the reading, its set-aside copy, or None."""
        if (reading.row_key, reading.channel) not in self._left:
            return reading
        aside = self._aside.get((reading.row, reading.channel))
        return aside if aside and aside.value == reading.value else None

    def _own(self, reading):
        kept = self._kept(reading)
        sample = Sample(reading.channel, self._times.time_us(reading), reading.value, kept=kept)
        self.readings[sample] = reading
        return sample

    def departure(self, sample):
        """Return the Departure of a sample that has left the flash, or None."""
        reading = self.readings.get(sample)
        if reading is None or self._kept(reading):
            return None
        return self._left[reading.row_key, reading.channel][1]

    def after(self, count):
        """Return the device models' samples that are in flash after `count` of its operations."""
        if count not in self._moments:
            flash = self._witness.after(count)
            aside = _refused(flash)
            self._moments[count] = [
                sample
                for sample, each in self.readings.items()
                if sample.device
                and (each.row_key in flash.row_keys or (each.row, each.channel) in aside)
            ]
        return self._moments[count]


def _refused(flash):
    """Return {(row, channel): Reading} of the readings that a server has refused."""
    return {(each.row, each.channel): each for _, status, each in flash.aside if status}
