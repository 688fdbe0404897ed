"""The spans in which a node need neither sample nor send, because its battery is empty.

The battery's model is the witness: it logs each voltage that a program converts.
"""

# From docs/spec.md, "RTC memory": how far above its empty voltage a battery is used again, and the
# longest time until a node measures the voltage again.
_NORMAL_ABOVE_MV = 150
_WAIT_US = 3_600_000_000


def empty_spans(typed, truth, start_us):
    """Return (begin_us, end_us) of each span, in order of time.

    A span begins when the voltage is below the battery's empty voltage. It ends when the voltage
    lets the node resume, or when the node should have measured again; `start_us` is the time for a
    start.
    """
    empty_mv = typed.get("power", {}).get("empty_mv")
    if not empty_mv:
        return []
    spans, begin_us, known_us = [], None, None
    for entry in truth:
        if entry["channel"] != "battery_mv":
            continue
        time_us, mv = entry["time_us"], entry["value"]
        if begin_us is not None:
            end_us = min(time_us, known_us + _WAIT_US + start_us)
            if mv >= empty_mv + _NORMAL_ABOVE_MV or end_us < time_us:
                spans.append((begin_us, end_us))
                begin_us = None
        if mv < empty_mv:
            begin_us = time_us if begin_us is None else begin_us
        known_us = time_us
    if begin_us is not None:
        spans.append((begin_us, known_us + _WAIT_US + start_us))
    return spans


def without(spans, watches):
    """Yield the parts of the watches (begin_us, end_us) that are outside all spans."""
    for begin_us, end_us in watches:
        for from_us, to_us in spans:
            if from_us < end_us and to_us > begin_us:
                if from_us > begin_us:
                    yield begin_us, from_us
                begin_us = to_us
        if begin_us < end_us:
            yield begin_us, end_us
