"""A run as the board's events show it: when it had power, and what ended its program."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import NamedTuple

_NEVER_US = 1 << 62
# The value of `machine.reset_cause()` after a deep sleep.
_DEEP_SLEEP = 4


@dataclass(frozen=True)
class End:
    """An externally caused end of a program: "cut", "reset" or "interrupt".

    `over_us` is the time at which it took effect. For an interrupt, this is the next boot, reset
    or cut, because a program notices an interrupt late.
    """

    time_us: int
    kind: str
    over_us: int


class PowerCycle(NamedTuple):
    """A span from power on to power off, in true Unix us."""

    number: int
    on_us: int
    off_us: int


class BoardLog:
    """The events of a VirtualBoard; times are true Unix us.

    `ends` are the injected Ends, in order; `boots` is [(time, reset cause)]; `powers` is [(on,
    off)] of each power cycle, where off is in the far future while the cycle lasts.
    """

    def __init__(self, events):
        self.ends = list(_ends(events))
        boots = [event for event in events if event["event"] == "boot"]
        self.boots = [(boot["time_us"], boot["cause"]) for boot in boots]
        self.powers = list(_powers(events))
        self._overs_us = [end.over_us for end in self.ends]
        self._boots_us = [time_us for time_us, _ in self.boots]
        # In the raw REPL, a soft reset leads to the prompt, not to the program.
        self._begins_us = [boot["time_us"] for boot in boots if not boot["prompt"]]
        #: The times at which the program started, in order. A wake from deep sleep is not a start.
        self.starts_us = [time_us for time_us, cause in self.boots if cause != _DEEP_SLEEP]
        self.wakes_us = [time_us for time_us, cause in self.boots if cause == _DEEP_SLEEP]
        # The events that end a run, including deep sleep.
        stops = ("cut", "reset", "crash", "sleep", "boot")
        self._stops_us = [each["time_us"] for each in events if each["event"] in stops]

    def end_after(self, time_us):
        """Return the first injected End that was over at or after a time, or None."""
        i = bisect_left(self._overs_us, time_us)
        return self.ends[i] if i < len(self.ends) else None

    def cut_after(self, time_us):
        """Return the first End by a power cut at or after a time, or None."""
        later = (end for end in self.ends if end.kind == "cut" and end.time_us >= time_us)
        return next(later, None)

    def run_of(self, time_us):
        """Return a number that identifies the run of the program at a time."""
        return bisect_left(self._stops_us, time_us)

    def causes_within(self, begin_us, end_us):
        """Return the reset causes of the runs in a span, including the run at its start."""
        begin = bisect_right(self._boots_us, begin_us)
        end = bisect_right(self._boots_us, end_us)
        return [cause for _, cause in self.boots[max(begin - 1, 0) : end]]

    def power_of(self, time_us):
        """Return the PowerCycle at a time, or the next one if the board is off."""
        for number, (on_us, off_us) in enumerate(self.powers):
            if time_us <= off_us:
                return PowerCycle(number, on_us, off_us)
        return PowerCycle(len(self.powers), time_us, _NEVER_US)

    def watches(self):
        """Return (begin, end) of each span without an injected end.

        A span begins with a boot. Deep sleep and the program's own resets are part of it.
        """
        spans, begin_us = [], None
        ends = [(end.time_us, 1) for end in self.ends]
        for time_us, is_end in sorted([*ends, *((time_us, 0) for time_us in self._begins_us)]):
            if is_end and begin_us is not None:
                spans.append((begin_us, time_us))
                begin_us = None
            elif not is_end and begin_us is None:
                begin_us = time_us
        return spans


def _ends(events):
    for i, event in enumerate(events):
        kind, time_us = event["event"], event.get("time_us")
        if kind == "cut" or (kind == "reset" and event["injected"]):
            yield End(time_us, kind, time_us)
        elif kind == "interrupt":
            later = (each for each in events[i:] if each["event"] in ("boot", "reset", "cut"))
            yield End(time_us, kind, next(later, {}).get("time_us", _NEVER_US))


def _powers(events):
    on_us = None
    for event in events:
        if event["event"] == "boot" and on_us is None:
            on_us = event["time_us"]
        elif event["event"] == "cut" and on_us is not None:
            yield on_us, event["time_us"]
            on_us = None
    if on_us is not None:
        yield on_us, _NEVER_US
