"""The periods at which a node may sample and send.

Until the first upload is over, these are the periods in [node]; then they are the periods of the
cadence's levels, if there is a cadence. The battery's model is the witness of the voltage. The
time at which the node decides is not visible from outside, so each level that a voltage of the run
allows counts.
"""


def sample_periods_us(typed, truth):
    """Return the possible sampling periods of a run in us."""
    return _periods_us(typed, truth, 2, "sample_every_ms")


def send_period_us(typed, truth):
    """Return the longest possible upload period of a run in us."""
    return max(_periods_us(typed, truth, 3, "send_every_ms"))


def _periods_us(typed, truth, column, key):
    found = {1000 * typed["node"][key]}
    power = typed.get("power", {})
    levels = power.get("cadence") or []
    # The period of a window applies only if it is longer, so it is always a possible one.
    found |= {1000 * window[column + 1] for window in power.get("windows") or []}
    voltages_mv = [each["value"] for each in truth if each["channel"] == "battery_mv"]
    if not voltages_mv:
        return found | {1000 * level[column] for level in levels}
    enters_mv = float("inf")
    for i, level in enumerate(levels):
        # A node leaves a level when the voltage is above the next higher level's lower end, or
        # below the level's own lower end.
        is_last = i == len(levels) - 1
        if min(voltages_mv) < enters_mv and (is_last or max(voltages_mv) >= level[0]):
            found.add(1000 * level[column])
        enters_mv = level[1]
    return found
