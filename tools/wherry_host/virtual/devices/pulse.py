"""A contact to ground, such as a rain gauge's, that closes briefly and bounces.

The log of truth has each pulse. The program reads the pin itself, so its reads are not logged;
account/pulses.py judges the counts.
"""

# (us after the contact begins to close, level); it opens in the same steps with inverted levels.
_BOUNCES = (0, 0), (1_500, 1), (3_000, 0)


class Model:
    """A contact that closes every `period_ms`, for `closed_ms`."""

    name = "pulse"
    FROZEN = ("_edges",)

    def __init__(self, surroundings, pin=4, period_ms=4_000, closed_ms=100):
        self.pin = pin
        self._surroundings = surroundings
        self._period_us = period_ms * 1000
        opened = [(closed_ms * 1000 + us, 1 - level) for us, level in _BOUNCES]
        self._steps = [*_BOUNCES, *opened]

    def level_at(self, us):
        """Return the level at a true time: the level after the previous edge."""
        within_us = us % self._period_us
        return next((level for at_us, level in self._steps[::-1] if at_us <= within_us), 1)

    def edge_after(self, us):
        """Return (true us, level) of the first edge after a true time."""
        first, within_us = us // self._period_us * self._period_us, us % self._period_us
        for at_us, level in self._steps:
            if at_us > within_us:
                return first + at_us, level
        return first + self._period_us, 0

    def driven(self, at_us, level):
        """Log a pulse at the first edge of a closure."""
        if at_us % self._period_us == 0:
            self._surroundings.measured(at_us, self.name, pulses=1)
