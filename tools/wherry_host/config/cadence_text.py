"""The levels of a cadence as lines for people."""

from wherry.config.messages import amount_text


def cadence_lines(levels):
    """Yield a line for each level of a typed [power] cadence, as `wherry check` prints it."""
    yield "Cadence by the battery's voltage, decided after each upload:"
    last = len(levels) - 1
    for i, (falling_mv, rising_mv, sample_ms, send_ms, name) in enumerate(levels):
        limits = f"from {rising_mv} mV up, down to {falling_mv} mV" if i < last else "below"
        limits = limits if last else "at any voltage"
        times = f"a row each {amount_text(sample_ms)}, an upload each {amount_text(send_ms)}"
        yield f"  {name:<9} {limits:<33} {times}"
