"""The periods at which a node may sample and send: those of [node] until the first upload is over,
then those of the levels of its cadence, if it has one.

The battery's model is the witness of the voltage. When the node decides is not known from outside,
so each level counts that one of the run's voltages allows.
"""


def sample_periods_us(typed, truth):
    """Return the periods in us between two samples that are possible in a run."""
    return _periods_us(typed, truth, 2, "sample_every_ms")


def send_period_us(typed, truth):
    """Return the longest period in us between two uploads of a node that is possible in a run."""
    return max(_periods_us(typed, truth, 3, "send_every_ms"))


def _periods_us(typed, truth, column, key):
    found = {1000 * typed["node"][key]}
    power = typed.get("power", {})
    levels = power.get("cadence") or []
    # The time of a window is another one only if it is longer: then it is one of these.
    found |= {1000 * window[column + 1] for window in power.get("windows") or []}
    voltages_mv = [each["value"] for each in truth if each["channel"] == "battery_mv"]
    if not voltages_mv:
        return found | {1000 * level[column] for level in levels}
    enters_mv = float("inf")
    for i, level in enumerate(levels):
        # It is left above where the next higher one is entered, and below its own lower end.
        is_last = i == len(levels) - 1
        if min(voltages_mv) < enters_mv and (is_last or max(voltages_mv) >= level[0]):
            found.add(1000 * level[column])
        enters_mv = level[1]
    return found
