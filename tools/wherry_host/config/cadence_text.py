"""The levels and windows of a cadence as text lines."""

from wherry.config.messages import amount_text
from wherry.power.cadence import DAILY


def cadence_lines(power):
    """Yield a line for each level and window of a node's [power], as `wherry check` prints it."""
    levels = power["cadence"]
    if len(levels) > 1:
        yield from _level_lines(levels)
    if "windows" in power:
        yield from _window_lines(power)


def _window_lines(power):
    yield "At least these times within a window, in local time:"
    for i, (kind, begin, end, *times) in enumerate(power["windows"], 1):
        between = "-" if kind == DAILY else ".."
        span = between.join([_moment(kind, begin), _moment(kind, end)])
        yield f"  window {i:<2} {span:<33} {_times(*times)}"


def _moment(kind, value):
    return (
        f"{value // 60:02}:{value % 60:02}"
        if kind == DAILY
        else f"{value // 32:02}-{value % 32:02}"
    )


def _times(sample_ms, send_ms):
    return f"a row each {amount_text(sample_ms)}, an upload each {amount_text(send_ms)}"


def _level_lines(levels):
    yield "Cadence by the battery's voltage, decided after each upload:"
    last = len(levels) - 1
    for i, (falling_mv, rising_mv, *times, name) in enumerate(levels):
        limits = f"from {rising_mv} mV up, down to {falling_mv} mV" if i < last else "below"
        yield f"  {name:<9} {limits:<33} {_times(*times)}"
