"""The periods at which a node may sample and send.

Until the first upload is over they are the periods of [node], then those of the levels of its
cadence, if it has one. The battery's model is the witness of the voltage. The time at which the
node decides is not known from outside, so each level counts that a voltage of the run allows.
"""


def sample_periods_us(typed, truth):
    """Return the possible periods in us between two samples of a run."""
    return _periods_us(typed, truth, 2, "sample_every_ms")


def send_period_us(typed, truth):
    """Return the longest possible period in us between two uploads of a run."""
    return max(_periods_us(typed, truth, 3, "send_every_ms"))


def _periods_us(typed, truth, column, key):
    found = {1000 * typed["node"][key]}
    power = typed.get("power", {})
    levels = power.get("cadence") or []
    # The period of a window applies only if it is longer: then it is one of these.
    found |= {1000 * window[column + 1] for window in power.get("windows") or []}
    voltages_mv = [each["value"] for each in truth if each["channel"] == "battery_mv"]
    if not voltages_mv:
        return found | {1000 * level[column] for level in levels}
    enters_mv = float("inf")
    for i, level in enumerate(levels):
        # A level is left above the lower end of the next higher one, and below its own.
        is_last = i == len(levels) - 1
        if min(voltages_mv) < enters_mv and (is_last or max(voltages_mv) >= level[0]):
            found.add(1000 * level[column])
        enters_mv = level[1]
    return found
