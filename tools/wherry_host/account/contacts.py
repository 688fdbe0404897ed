"""Compare a node's samples with the log of the contacts that make it sample immediately.

The drivers are `contact`, and `pulse` with the option `at_once`.
"""

from bisect import bisect_left, bisect_right

# A change this close to a sample may be in that sample or in the next one.
_NEAR_US = 300_000
# A stall of this length may have kept the node from a sample.
_HELD_US = 1_000_000


def samples_at_once(typed):
    """Return True if a contact may make a node sample at times that are not on its grid."""
    return any(section.get("at_once_ms") is not None for section in typed["sensor"])


def judge_contacts(case):
    """Report each change without a sample soon after it, and each wrong level."""
    for section in case.evidence.typed["sensor"]:
        at_once_ms = section.get("at_once_ms")
        if at_once_ms is not None:
            contact = _Contact(case, section)
            contact.judge_samples(1000 * at_once_ms)
            # A section with `adjust` may change the meaning of a level.
            if section["driver"] == "contact" and "adjust" not in section:
                contact.judge_levels()


class _Contact:
    """A section's contact and its log."""

    def __init__(self, case, section):
        self._case, self._device = case, section["driver"]
        self._channel = section["channels"][0][0]
        truth = [each for each in case.evidence.truth if each["device"] == self._device]
        changes = sorted((each["time_us"], each["value"]) for each in truth)
        self._changes_us = [time_us for time_us, _ in changes]
        self._levels = [level for _, level in changes]
        found = [each for each in case.own if each.channel == self._channel]
        self._samples = sorted(
            (each.time_us, each.value) for each in found if each.time_us is not None
        )

    def judge_samples(self, at_once_us):
        """Report each change without a sample after it."""
        limit_us = at_once_us + self._case.start_us
        times_us = [time_us for time_us, _ in self._samples]
        for begin_us, end_us in self._case.watches():
            first = bisect_left(self._changes_us, begin_us + self._case.start_us)
            last = bisect_right(self._changes_us, end_us - limit_us)
            for change_us in self._changes_us[first:last]:
                i = bisect_left(times_us, change_us - _NEAR_US)
                if i == len(times_us) or times_us[i] > change_us + limit_us:
                    self._accuse(change_us, limit_us)

    def _accuse(self, change_us, limit_us):
        stall = self._case.stall(change_us, change_us + limit_us, _HELD_US)
        if stall:
            self._case.doubts.add(stall, self._device)
        else:
            text = f"no sample within {limit_us / 1e6:.1f} s of a change"
            self._case.report(self._channel, change_us, text)

    def judge_levels(self):
        """Report each sample whose level differs from the contact's level at that time."""
        for time_us, value in self._samples:
            first = bisect_right(self._changes_us, time_us - _NEAR_US)
            last = bisect_right(self._changes_us, time_us + _NEAR_US)
            if first and value not in self._levels[first - 1 : last]:
                was = "closed" if self._levels[first - 1] else "open"
                self._case.report(self._channel, time_us, f"{value:g}, but the contact was {was}")
