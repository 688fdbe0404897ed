"""Samples: what the device models of a virtual board were read for, from their own log.

One measurement of a chip is one entry a channel; the battery's many samples of its pin make one.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from wherry.sensors import battery

# (device model, its channel): (channel of the driver, factor to the driver's unit).
_DRIVER_CHANNELS = {
    ("bme280", "temperature"): ("temperature", 1),
    ("bme280", "humidity"): ("humidity", 1),
    ("bme280", "pressure"): ("pressure", 1),
    ("host", "load"): ("load", 1),
    ("host", "temperature"): ("cpu_temperature", 1),
    ("host", "free_memory"): ("free_memory", 1 / 1024),
    ("battery", "battery_mv"): ("battery_voltage", 1 / 1000),
    ("lis3dh", "x"): ("acceleration_x", 1),
    ("lis3dh", "y"): ("acceleration_y", 1),
    ("lis3dh", "z"): ("acceleration_z", 1),
}
# Their samples wait in a FIFO: which row they go into, the next line of the console does not tell.
_FAST = ("lis3dh",)
# Two times further apart than this are not those of one sample.
_MATCH_US = 600_000
# Samples of the pin further apart than this belong to two readings.
_BURST_US = 400_000
_BURST_COUNT = battery._SAMPLE_COUNT


@dataclass(eq=False)
class Sample:
    """One measurement of one channel; `value` is None where it is known only from the console.

    `time_us` is None for the node's own readings of a boot that was never dated, if the power went
    before the console told of their row.
    """

    channel: str
    time_us: int | None
    value: float | None
    #: Resolution of the channel, in its unit.
    step: float = 0.0
    #: The kept.Reading in flash that was found to be it.
    kept: object = None
    #: Whether it comes from a FIFO.
    is_fast: bool = False

    def allows(self, value):
        """Tell whether a value is the measured one, but for the sensor's resolution."""
        return self.value is None or abs(value - self.value) <= self.step + 1e-9


class Channels:
    """The names and resolutions of a node's channels, by what the device models call them."""

    def __init__(self, by_driver):
        self._by_driver = by_driver

    @classmethod
    def of(cls, typed):
        """Return those of a typed configuration, whose sensors may rename their channels."""
        by_driver = {}
        for sensor in typed["sensor"]:
            module = __import__("wherry.sensors." + sensor["driver"], fromlist=["CHANNELS"])
            for own, (name, _, decimals) in zip(module.CHANNELS, sensor["channels"], strict=True):
                by_driver[sensor["driver"], own[0]] = (name, 10**-decimals)
        return cls(by_driver)

    def samples(self, truth, ends_us=(), speed=1, stalls=None):
        """Return the Samples of a truth log; `ends_us` are the times at which a program ended.

        `speed` is the highest of the clock: it stretches the host's own pauses. `stalls` is the
        StallMeter of the run, if there was one.
        """
        samples = []

        def pause_us_max(begin_us, end_us):
            stalled_us = stalls.within(begin_us, end_us) if stalls else 0
            return _BURST_US * max(speed, 1) + stalled_us

        for entry in _readings(truth, sorted(ends_us), pause_us_max):
            place = entry["device"], entry["channel"]
            if place not in _DRIVER_CHANNELS:
                # A GPS receiver tells its place whether it is read or not.
                continue
            driver_channel, factor = _DRIVER_CHANNELS[place]
            named = self._by_driver.get((place[0], driver_channel))
            if named:
                value = entry["value"] * factor
                is_fast = place[0] in _FAST
                samples.append(
                    Sample(named[0], entry["time_us"], value, named[1], is_fast=is_fast)
                )
        return samples


def _readings(truth, ends_us, pause_us_max):
    """Yield the entries of the log, a burst of the battery's samples as its middle one."""
    burst = []
    for entry in truth:
        if entry["device"] != "battery":
            yield entry
            continue
        if burst and not _goes_on(burst, entry, ends_us, pause_us_max):
            yield burst[len(burst) // 2]
            burst = []
        burst.append(entry)
    if burst:
        yield burst[len(burst) // 2]


def _goes_on(burst, entry, ends_us, pause_us_max):
    """Tell whether an entry belongs to the reading of the samples before it."""
    last_us, now_us = burst[-1]["time_us"], entry["time_us"]
    ended = any(last_us <= end_us < now_us for end_us in ends_us)
    is_near = now_us - last_us < pause_us_max(last_us, now_us)
    return not ended and len(burst) < _BURST_COUNT and is_near


def nearest(samples, found):
    """Pair samples with (channel, time_us, reading or value, ...) one to one.

    The pairs nearest in time go first; of a fast sensor those whose values are the same. A sample
    whose time nobody knows has no pair.
    """
    times = defaultdict(list)
    for entry in sorted(found, key=lambda entry: entry[:2]):
        times[entry[0]].append(entry)
    candidates = []
    for sample in samples:
        if sample.time_us is None:
            continue
        entries = times[sample.channel]
        i = bisect_left(entries, sample.time_us - _MATCH_US, key=lambda entry: entry[1])
        while i < len(entries) and entries[i][1] <= sample.time_us + _MATCH_US:
            error_us = abs(entries[i][1] - sample.time_us)
            found = entries[i][2]
            other = sample.is_fast and not sample.allows(getattr(found, "value", found))
            candidates.append((other, error_us, len(candidates), sample, entries[i]))
            i += 1
    taken = set()
    pairs = []
    for *_, sample, entry in sorted(candidates, key=lambda candidate: candidate[:3]):
        if id(sample) not in taken and id(entry) not in taken:
            taken |= {id(sample), id(entry)}
            pairs.append((sample, entry))
    return pairs


def moment(time_us):
    """Return a time as a person reads it in a line about a difference."""
    if time_us is None:
        return "an unknown time"
    time = datetime.fromtimestamp(time_us / 1e6, UTC)
    return time.strftime("%H:%M:%S.") + f"{time.microsecond // 1000:03d}"
