"""The witness of a simulated life: each measurement of the device models, in little memory."""

from collections import defaultdict

from wherry_host.virtual.surroundings import Environment


class Witness(Environment):
    """`samples` is {(name of a model, its channel): [(time_us, value)]}.

    A burst of a converter is one sample: `burst_counts` {name: number of conversions}. A shorter
    burst is another look at the pin.
    """

    def __init__(self, seed, weather_speed=1.0):
        super().__init__(weather_speed, seed)
        self.samples = defaultdict(list)
        self.burst_counts = {}
        #: (name of a model, time_us) of the measurements that a fault kept the node from reading.
        self.unread_us = set()
        # {name of a model: time_us of its measurement that the node read last}.
        self._read_us = {}
        #: {name of a model: [[begin_us, end_us]]} of its faults; the end is None until then.
        self.breaks = defaultdict(list)
        # {(device, channel): (series, [values], time_us, count)} of bursts that are not complete.
        self._bursts = {}

    def measured(self, now_us, device, series=None, **channels):
        """Note a measurement, as Surroundings.measured."""
        for channel, value in channels.items():
            if series is None:
                self.samples[device, channel].append((now_us, value))
            else:
                self._converted(now_us, device, channel, series, value)

    def _converted(self, now_us, device, channel, series, value):
        key = device, channel
        burst = self._bursts.get(key)
        if burst is None or burst[0] != series:
            burst = self._bursts[key] = series, [], now_us, self.burst_counts[device]
        _, values, begin_us, count = burst
        values.append(value)
        if len(values) == count:
            quarter = count // 4
            inner = sorted(values)[quarter : count - quarter]
            self.samples[key].append((begin_us, sum(inner) / len(inner)))
            del self._bursts[key]

    def read(self, now_us, device, taken_us):
        """Note that the node has read the measurement of a true Unix us."""
        self._read_us[device] = taken_us

    def unread(self, now_us, device, taken_us):
        """Note that a fault has kept the node from reading the measurement of a true Unix us."""
        if self._read_us.get(device) != taken_us:
            self.unread_us.add((device, taken_us))

    def struck(self, *_):
        """Ignore an access that meets a fault: `breaks` has the spans."""

    def set_broken(self, device, is_broken, now_us):
        """Note that a fault of a device begins, or that the device is repaired."""
        spans = self.breaks[device]
        was_broken = bool(spans) and spans[-1][1] is None
        if is_broken and not was_broken:
            spans.append([now_us, None])
        elif was_broken and not is_broken:
            spans[-1][1] = now_us
