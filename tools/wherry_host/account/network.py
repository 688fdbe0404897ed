"""The spans of a run in which a node can reach its servers, as the witnesses show."""

from wherry_host.account.losses import error_us

# The ports of the name server and of the time server.
_PORTS = (53, 123)


def clear_spans(case):
    """Return (begin_us, end_us) of the spans in which a node can send at any moment.

    The node is deployed and has power and Wi-Fi, and no end of the program, fault or answer keeps
    it from its servers. A momentary event separates two spans.
    """
    spans_us = sorted(_hindrances_us(case))
    found = []
    for begin_us, end_us in case.watches():
        for from_us, to_us in spans_us:
            if to_us < begin_us or from_us > end_us:
                continue
            if from_us > begin_us:
                found.append((begin_us, from_us))
            begin_us = max(begin_us, to_us)
        if begin_us < end_us:
            found.append((begin_us, end_us))
    return found


def _hindrances_us(case):
    """Yield (begin_us, end_us) of each reason not to send."""
    evidence = case.evidence
    for begin_us, end_us in evidence.hindrances:
        yield begin_us, float("inf") if end_us is None else end_us
    for time_us, _ in evidence.strikes:
        yield time_us, time_us
    for time_us in error_us(evidence.events):
        # A node sleeps after an error: docs/design/slot.md, "Crashes".
        yield time_us, time_us
    commands = [
        (event["time_us"], event["command"])
        for event in evidence.events
        if event["event"] == "done" and "time_us" in event
    ]
    yield from _while_bad(_air(evidence, commands))
    for port in _PORTS:
        yield from _while_bad(_port(port, commands))


def _while_bad(states):
    """Yield the spans in which a state is bad, from pairs (time_us, True if the state is good).

    Each change of the state is a span of at least one moment.
    """
    bad_us = None
    for time_us, is_good in states:
        if is_good:
            yield (time_us if bad_us is None else bad_us), time_us
            bad_us = None
        elif bad_us is None:
            bad_us = time_us
    if bad_us is not None:
        yield bad_us, float("inf")


def _air(evidence, commands):
    """Yield (time_us, True if the node's access points and the network behind them work)."""
    is_up = is_beyond = True
    known = {(each["ssid"], each["password"] or "") for each in evidence.typed["wifi"]}
    is_near = _is_near(evidence.access_points, known)
    if not is_near:
        yield 0, False
    for time_us, command in commands:
        if command["do"] == "wifi":
            is_up = is_up if command["up"] is None else command["up"]
            is_beyond = is_beyond if command["uplink"] is None else command["uplink"]
        elif command["do"] == "access_points":
            is_near = _is_near(command["points"], known)
        else:
            continue
        yield time_us, is_up and is_beyond and is_near


def _is_near(points, known):
    return any((each.get("ssid"), each.get("password") or "") in known for each in points)


def _port(port, commands):
    """Yield (time_us, True if a server answers at a port).

    If there are commands for the port, its state before the first command is unknown and counts as
    bad.
    """
    found = [
        (time_us, command["port"] != 0)
        for time_us, command in commands
        if command["do"] == "port" and command["named"] == port
    ]
    if found:
        yield 0, False
    yield from found
