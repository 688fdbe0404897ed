"""The time by which each reading must be at the servers, from the faults of a life."""

from bisect import bisect_left

from wherry_host.year.world.clock import DAY_US

# Without faults, an upload takes at most this long.
UPLOAD_US = 60_000_000
# This long after a fault, all older readings are delivered.
_SETTLE_US = DAY_US
# A clock that drifts makes the periods longer by less than 1 %.
_SLOW = 1.01


class Lateness:
    """The due times in a Life that has ended; `send_us` is its longest upload period.

    `number` is that of an uplink, from 1 on: only its own servers' faults excuse it; 0 is any.

    A reading is due after an upload period. If there is a fault until then, or was one in the day
    or the two upload periods before, it is due when this long has passed without a fault.
    """

    def __init__(self, life, send_us, number=0):
        self._period_us = round(_SLOW * send_us) + UPLOAD_US
        self._settle_us = settle_us = max(_SETTLE_US, 2 * send_us)
        # (end, begin) of each span in which the faults before it are over for long enough.
        self._calms = []
        free_us = life.power.ons_us[0] - settle_us
        for begin_us, over_us in sorted(_faults_us(life, number)):
            if begin_us >= free_us + settle_us:
                self._calms.append((begin_us, free_us))
            free_us = max(free_us, over_us)
        self._free_us = free_us

    def is_calm(self, time_us):
        """Return True if the faults before a true time are over for long enough."""
        at = bisect_left(self._calms, (time_us, 0))
        free_us = self._calms[at][1] if at < len(self._calms) else self._free_us
        return time_us >= free_us + self._settle_us

    def due_us(self, time_us):
        """Return the true time by which a measurement of a true time must be at each server."""
        wanted_us = time_us + self._period_us
        at = bisect_left(self._calms, (time_us, 0))
        for end_us, free_us in self._calms[at:]:
            due_us = max(wanted_us, free_us + self._settle_us)
            if due_us <= end_us:
                return due_us
        return max(wanted_us, self._free_us + self._settle_us)


def _faults_us(life, number):
    """Return (begin, end) in true us of each fault, loss of power, and effect on a connection."""
    site, own = life.site, life.site.servers_of(number)
    strikes_us = [(time_us, time_us) for time_us, _ in site.strikes(number)]
    spans_us = [
        (each.begin_us, each.end_us)
        for each in life.schedule.spans
        if not number or not each.uplink or site.servers_of(each.uplink) == own
    ]
    return spans_us + life.power.offs_us() + strikes_us


def longest_send_us(site, i=None):
    """Return the longest upload period, in us, of uplink number `i` of a Site, or of any.

    It may have been that of an earlier configuration; so may the sampling period below.
    """
    return max(
        send_us(typed, uplink)
        for typed in site.typeds()
        for uplink in (typed["uplink"] if i is None else [typed["uplink"][i]])
    )


def longest_sample_us(site):
    """Return the longest sampling period of a Site, in us."""
    return max(map(_sample_us, site.typeds()))


def _sample_us(typed):
    return 1000 * max(typed["node"]["sample_every_ms"], *_of_power(typed, 0))


def send_us(typed, uplink):
    """Return the longest upload period of a typed uplink, in us."""
    own_ms = uplink.get("send_every_ms") or typed["node"]["send_every_ms"]
    return 1000 * max(own_ms, *_of_power(typed, 1))


def _of_power(typed, i):
    """Return the sampling periods (0) or upload periods (1) of a cadence and of windows, in ms."""
    power = typed["power"]
    levels = [level[2:4] for level in power["cadence"] or ()]
    windows = [window[-2:] for window in power["windows"] or ()]
    return [0, *(times[i] for times in levels + windows)]
