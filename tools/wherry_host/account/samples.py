"""Samples: the measurements of a virtual board's device models, from their own logs."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from math import inf

from wherry_host.account.derived import expected
from wherry_host.account.merged import merged
from wherry_host.account.periods import sample_periods_us
from wherry_host.account.shapes import agree, derived_shapes, is_fast, is_known, said, shapes

# The prefix of the node's own channels.
OWN = "node_"


class Unwitnessed:
    """The channels whose values no model knows.

    These are the node's own channels, the channels of third-party drivers, and the channels of
    drivers whose model has none.
    """

    def __init__(self, typed):
        sections = [
            each for each in typed["sensor"] if "source" in each or not is_known(each["driver"])
        ]
        self._names = {name for section in sections for name, *_ in section["channels"]}

    def __contains__(self, channel):
        return channel.startswith(OWN) or channel in self._names


@dataclass(eq=False)
class Sample:
    """One measurement of one channel, begun at a true Unix us; `value` is the model's value.

    Readings of Unwitnessed channels have no model: their `device` is None.
    """

    channel: str
    time_us: int | None
    value: float
    device: str | None = None
    #: The resolution of the channel, in its unit.
    step: float = 0.0
    #: The start of its conversion, if a measurement converts one channel after the other.
    converted_us: int | None = None
    #: The flash.Reading that was matched with it.
    kept: object = None
    #: True if the program read it from its FIFO.
    is_read: bool = True
    #: True if some of its several measurements are missing.
    is_short: bool = False
    #: True if it is so close to a limit in the section that the node may have withheld it.
    is_optional: bool = False

    @property
    def is_fast(self):
        """True if the sample waited in a FIFO."""
        return is_fast(self.device)

    def allows(self, value):
        """Return True if a value equals the measured one within the sensor's resolution."""
        return agree(value, self.value, self.step)


class Devices:
    """The logs of a board's device models: `samples`, and the faults that accesses met.

    `typed` is the node's typed configuration, which names the channels; `board_log` is a BoardLog.
    `stalled_us(begin_us, end_us)` returns the longest time for which this computer may have held
    the board up.
    """

    def __init__(self, typed, truth, accesses, board_log, stalled_us=lambda begin_us, end_us: 0):
        self._shapes = shapes(typed)
        self._every_us = min(sample_periods_us(typed, truth))
        read = {(each["device"], each["read_us"]) for each in accesses if "read_us" in each}
        unread = {(each["device"], each["unread_us"]) for each in accesses if "unread_us" in each}
        self._struck = unread - read
        self._faults_us = defaultdict(list)
        for access in accesses:
            if "fault" in access:
                self._faults_us[access["device"]].append(access["time_us"])
        self._times_us = defaultdict(list)
        self._withheld_us = defaultdict(list)
        # (device, us) -> {the model's channel: Sample}
        self._measured = defaultdict(dict)
        for entry in merged(typed, truth, board_log, self._every_us // 2, stalled_us):
            self._add_sample(entry, read)
        self.samples = [each for found in self._measured.values() for each in found.values()]
        self.samples += self._derived(typed)

    def _add_sample(self, entry, read):
        device, time_us = entry["device"], entry["time_us"]
        shape = self._shapes.get((device, entry["channel"]))
        if not shape:
            return
        begun_us = self._begun_us(entry)
        times_us = self._times_us[device]
        if not times_us or times_us[-1] != begun_us:
            times_us.append(begun_us)
        value = shape.value(entry["value"])
        is_optional = not shape.is_within(value, shape.step)
        if is_optional:
            self._withheld_us[device].append(time_us)
        if shape.is_within(value, -shape.step):
            is_read = not is_fast(device) or (device, time_us) in read
            self._measured[device, begun_us][entry["channel"]] = Sample(
                shape.name,
                begun_us,
                value,
                device,
                shape.step,
                time_us,
                is_read=is_read,
                is_short="is_short" in entry,
                is_optional=is_optional,
            )

    def _begun_us(self, entry):
        """Return the time at which the measurement of a log entry began."""
        device, times_us = entry["device"], self._times_us[entry["device"]]
        if said(device, "IN_TURN", False) and times_us:
            (first, _), *_ = said(device, "CHANNELS", ())
            if entry["channel"] != first:
                return times_us[-1]
        return entry["time_us"]

    def _derived(self, typed):
        """Yield a sample for each channel that a section derives from each measurement."""
        wanted = derived_shapes(typed)
        for (device, time_us), measured in self._measured.items():
            for shape in wanted[device]:
                inputs = [measured[each] for each in shape.inputs if each in measured]
                if len(inputs) < len(shape.inputs):
                    continue
                pairs = [(each.value, each.step) for each in inputs]
                found = expected(shape.formula, pairs, shape.altitude_m, shape.decimals)
                if not found or found[1] == inf:
                    self._withheld_us[device].append(time_us)
                if found:
                    value, step = found
                    is_optional = step == inf or any(each.is_optional for each in inputs)
                    # A fault in one of two conversions excuses the result of both.
                    converted_us = max(inputs, key=self.is_struck).converted_us
                    marks = {"is_short": inputs[0].is_short, "is_optional": is_optional}
                    args = shape.name, time_us, value, device, step, converted_us
                    yield Sample(*args, **marks)

    def times_us(self, device):
        """Return the sorted times at which a device was measured."""
        return self._times_us[device]

    def faults_us(self, device):
        """Return the sorted times at which an access to a device met an injected fault."""
        return self._faults_us[device]

    def withheld_us(self, device):
        """Return the sorted times at which a value was outside or barely within its limits."""
        return self._withheld_us[device]

    def is_struck(self, sample):
        """Return True if a sample was not read because an access to the device met a fault.

        If several measurements make one reading, the fault may have hit a later one.
        """
        if sample.is_short:
            faults_us, end_us = self._faults_us[sample.device], sample.time_us + self._every_us
            return bisect_right(faults_us, sample.time_us) < bisect_right(faults_us, end_us)
        return (sample.device, sample.converted_us) in self._struck

    def is_last_before(self, sample, end_us):
        """Return True if a device was not measured again between a sample and a time."""
        times_us = self._times_us[sample.device]
        i = bisect_right(times_us, sample.time_us)
        return i == len(times_us) or times_us[i] > end_us
