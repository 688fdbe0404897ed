"""Samples: what the device models of a virtual board were read for, from their own logs.

One measurement of a chip is one entry a channel; the battery's eight samples of its pin make one.
What the models say of themselves is in virtual/devices.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from wherry_host.virtual import devices

# The node's own channels begin with it.
OWN = "node_"


@dataclass(eq=False)
class Sample:
    """One measurement of one channel at a true Unix us; `value` is that of the model.

    The node's own readings (health) have no model: their `device` is None.
    """

    channel: str
    time_us: int | None
    value: float
    device: str | None = None
    #: Resolution of the channel, in its unit.
    step: float = 0.0
    #: The flash.Reading that was found to be it.
    kept: object = None
    #: Whether the program took it out of its FIFO.
    is_read: bool = True

    @property
    def is_fast(self):
        """Whether it waited in a FIFO."""
        return self.device is not None and is_fast(self.device)

    def allows(self, value):
        """Return whether a value is the measured one, but for the sensor's resolution."""
        return abs(value - self.value) <= self.step + 1e-9


class Devices:
    """The logs of a board's device models: `samples`, and the faults that accesses met.

    `typed` is the node's typed configuration, which names the channels; `board_log` a BoardLog.
    """

    def __init__(self, typed, truth, accesses, board_log):
        self._names = dict(_names(typed))
        read = {(each["device"], each["read_us"]) for each in accesses if "read_us" in each}
        unread = {(each["device"], each["unread_us"]) for each in accesses if "unread_us" in each}
        self._struck = unread - read
        self.samples = [
            sample for entry in _readings(truth, board_log) for sample in self._sample(entry, read)
        ]
        self._faults_us = defaultdict(list)
        for access in accesses:
            if "fault" in access:
                self._faults_us[access["device"]].append(access["time_us"])
        self._times_us = defaultdict(list)
        for sample in self.samples:
            times_us = self._times_us[sample.device]
            if not times_us or times_us[-1] != sample.time_us:
                times_us.append(sample.time_us)

    def _sample(self, entry, read):
        device, time_us = entry["device"], entry["time_us"]
        found = self._names.get((device, entry["channel"]))
        if found:
            name, factor, step = found
            is_read = not is_fast(device) or (device, time_us) in read
            yield Sample(name, time_us, entry["value"] * factor, device, step, is_read=is_read)

    def times_us(self, device):
        """Return when a device was measured, rising."""
        return self._times_us[device]

    def faults_us(self, device):
        """Return when an access to a device met an injected fault, rising."""
        return self._faults_us[device]

    def is_struck(self, sample):
        """Return whether no access has read a sample, for the one that was to met a fault."""
        return (sample.device, sample.time_us) in self._struck

    def is_last_before(self, sample, end_us):
        """Return whether a device was not measured again between a sample and a time."""
        times_us = self._times_us[sample.device]
        i = bisect_right(times_us, sample.time_us)
        return i == len(times_us) or times_us[i] > end_us


@cache
def _said(device, name, otherwise):
    """Return what the class of a device model says, or a default; a driver may have no model."""
    has_model = device in devices.kinds()
    return getattr(devices.model_class(device), name, otherwise) if has_model else otherwise


def is_known(device):
    """Return whether the log of truth has all that a driver reads."""
    return bool(_said(device, "CHANNELS", ()))


def is_fast(device):
    """Return whether samples wait in a FIFO until the program reads them."""
    return _said(device, "IS_FAST", False)


def _names(typed):
    """Yield ((device, its channel), (channel's name, factor, resolution))."""
    for sensor in typed["sensor"]:
        driver = sensor["driver"]
        pairs = zip(_said(driver, "CHANNELS", ()), sensor["channels"], strict=False)
        for (own, factor), (name, _, decimals) in pairs:
            step = _said(driver, "STEP", 10**-decimals)
            yield (driver, own), (name, factor, step)


def _readings(truth, board_log):
    """Yield the entries of the log, a burst of measurements as one."""
    bursts = defaultdict(list)
    for entry in truth:
        count = _said(entry["device"], "BURST_COUNT", 1)
        if count == 1:
            yield entry
            continue
        burst = bursts[entry["device"]]
        runs = [board_log.run_of(each["time_us"]) for each in (*burst[-1:], entry)]
        if len(burst) == count or runs[0] != runs[-1]:
            yield _middle(burst)
            burst.clear()
        burst.append(entry)
    for burst in bursts.values():
        yield _middle(burst)


def _middle(burst):
    """Return a burst as one entry: its middle time, its mean without a quarter at each end."""
    values = sorted(entry["value"] for entry in burst)
    cut = len(values) // 4
    values = values[cut : len(values) - cut]
    middle = burst[len(burst) // 2]
    return {**middle, "value": sum(values) / len(values)}
