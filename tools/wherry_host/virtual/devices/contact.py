"""A contact to ground, such as a door contact, that stays closed or open, and bounces.

The log of truth has each change. The program reads the pin itself, so its reads are not logged;
account/contacts.py judges the changes.
"""

# (us after the start of the change, True if the level has changed).
_BOUNCES = (0, True), (1_500, False), (3_000, True)


class Model:
    """A contact that changes every `period_ms`: open, closed, open …; `bounces` may be false."""

    name = "contact"
    FROZEN = ("_edges",)

    def __init__(self, surroundings, pin=4, period_ms=7_000, bounces=True):
        self.pin = pin
        self._steps = _BOUNCES if bounces else _BOUNCES[:1]
        self._surroundings = surroundings
        self._period_us = period_ms * 1000

    def level_at(self, us):
        """Return the level at a true time: the level after the previous edge."""
        changes, within_us = divmod(us, self._period_us)
        has_changed = next(found for at_us, found in self._steps[::-1] if at_us <= within_us)
        return (changes + has_changed) % 2

    def edge_after(self, us):
        """Return (true us, level) of the first edge after a true time."""
        within_us = us % self._period_us
        ahead = [at_us for at_us, _ in self._steps if at_us > within_us]
        at_us = us - within_us + min(ahead, default=self._period_us)
        return at_us, self.level_at(at_us)

    def driven(self, at_us, level):
        """Log a change at its first edge; 1 means closed."""
        if at_us % self._period_us == 0:
            self._surroundings.measured(at_us, self.name, closed=1 - level)
