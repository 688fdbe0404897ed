"""Failures of sensors: each reason is printed once, and counted until the sensor responds again.

Loaded at the first failure only.
"""

from micropython import const

# The errno of an I2C transfer: ENODEV and EIO where no device acknowledges; ETIMEDOUT, of lwIP's
# numbers and of Linux, where SCL or SDA stays low.
_WORDS = {19: "no answer", 5: "no answer", 116: "bus timeout", 110: "bus timeout"}
# Of a sensor; a reason may hold a value, and no two of these are alike.
_REASONS_MAX = const(8)


def words(error) -> str:
    """Return the reason of an exception, or of a text."""
    if isinstance(error, OSError):
        return _WORDS.get(error.args[0] if error.args else None) or str(error)
    return error if type(error) is str else repr(error)


class Failures:
    """`say(text)` prints a line."""

    def __init__(self, say):
        self._say = say
        # Number of the sensor's section -> {reason: how often}.
        self._counts = {}

    def add(self, number: int, label: str, error) -> None:
        """Count a failure of the sensor in section `number`: an exception or a reason."""
        counts = self._counts.setdefault(number, {})
        reason = words(error)
        if reason not in counts and len(counts) >= _REASONS_MAX:
            reason = "other reasons"
        if reason not in counts:
            self._say("sensor %d (%s): %s" % (number, label, reason))
        counts[reason] = counts.get(reason, 0) + 1

    def end(self, number: int, label: str) -> None:
        """Report that a sensor responds, where it has failed before."""
        counts = self._counts.pop(number, None)
        if counts:
            told = ", ".join(["%d x %s" % (counts[reason], reason) for reason in sorted(counts)])
            self._say("sensor %d (%s): responding again after %s" % (number, label, told))
