"""Failures of sensors: each reason is printed once, and counted until the sensor responds again.

Loaded only while a sensor fails.
"""

from micropython import const

# The errno of an I2C transfer: ENODEV and EIO if no device acknowledges; ETIMEDOUT, as numbered by
# lwIP and by Linux, if SCL or SDA stays low.
_WORDS = {19: "no answer", 5: "no answer", 116: "bus timeout", 110: "bus timeout"}
# The limit per sensor: a reason may include a value, so each reason can be new.
_REASONS_MAX = const(8)


def words(withheld) -> str:
    """Return the reason for an exception, a string, a value that is too large, or None."""
    if isinstance(withheld, OSError):
        return _WORDS.get(withheld.args[0] if withheld.args else 0) or str(withheld)
    if withheld is None:
        return "not ready in 10 min"
    if type(withheld) is int:
        return "value %d is out of range" % withheld
    return withheld if type(withheld) is str else repr(withheld)


def count(failing: dict, sensor: tuple, withheld: list, say) -> None:
    """Count the withheld values; report new reasons, or that the sensor responds again.

    `failing` is {number of a section: {reason: count}} of all sensors; `sensor` begins with its
    number and its label. `say(text)` prints a line.
    """
    number, label = sensor[:2]
    counts = failing.get(number, {})
    for each in withheld:
        reason = words(each)
        if reason not in counts and len(counts) >= _REASONS_MAX:
            reason = "other reasons"
        if reason not in counts:
            say("sensor %d (%s): %s" % (number, label, reason))
        counts[reason] = counts.get(reason, 0) + 1
        failing[number] = counts
    if counts and not withheld:
        summary = ", ".join(["%d x %s" % (counts[reason], reason) for reason in sorted(counts)])
        say("sensor %d (%s): responding again after %s" % (number, label, summary))
        del failing[number]
