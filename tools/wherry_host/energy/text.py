"""The outlook of a battery as text lines."""

from wherry.config.messages import amount_text

# The quantities of a Profile in words.
_WORDS = {
    "sleep_ma": "the current asleep",
    "cpu_ma": "the current of a program",
    "wait_ma": "the current while sensors measure",
    "radio_ma": "the current of the radio",
    "boot_s": "the time from a wake to the program",
    "load_s": "the time to load code",
    "run_s": "the time of a program",
    "join_s": "the time to join Wi-Fi",
    "dhcp_s": "the time for DHCP",
    "reach_s": "the time to reach the server",
    "tls_s": "the time of a TLS handshake",
    "request_s": "the time until an answer",
    "time_s": "the time of a time request",
    "close_s": "the time to leave Wi-Fi",
    "reading_s": "the time to send a reading",
    "fail_share": "the share of failed uploads",
    "fail_s": "the time of a failed upload",
}
_NEVER = 3650


def lines(outlook, title, days):
    """Yield the lines: days, a table of causes, dominant quantities, other nodes, the plan."""
    usual, fewest, most = outlook.days()
    capacity = f"{outlook.cell.capacity_mah:g} mAh"
    range_text = f"{_days(fewest).removesuffix(' days')} to {_days(most)}"
    yield f"{title}: {_days(usual)} on a cell of {capacity} ({range_text})."
    yield ""
    yield from _table(outlook)
    yield ""
    yield "Most uncertain, in mAh a day:"
    for name, low, high in outlook.dominant():
        yield f"  {_WORDS[name]}: {low:.2f} to {high:.2f}"
    yield ""
    for name, mah in outlook.peers_mah().items():
        ratio = mah / outlook.levels[0].mah
        life = _days(round(outlook.cell.days(mah)))
        yield f"{name}, the same rows: {mah:.1f} mAh a day, {ratio:.1f} times as much, {life}."
    if outlook.cell.end_mv:
        yield _end(outlook.cell)
    yield _plan(days, usual, fewest, outlook.levels[0].causes_mah)
    yield "A model, not a measurement: docs/energy.md."


def _table(outlook):
    levels = outlook.levels
    heads = [level.name or "mAh a day" for level in levels]
    width = max(9, *(len(head) for head in heads))
    rows = [("level", heads)] if len(levels) > 1 else [("cause", heads)]
    if len(levels) > 1:
        rows.append(
            ("a row each", [amount_text(round(1000 * level.work.sample_s)) for level in levels])
        )
        rows.append(
            ("an upload each", [amount_text(round(1000 * level.work.send_s)) for level in levels])
        )
    for cause in levels[0].causes_mah:
        rows.append((cause, [f"{level.causes_mah[cause]:.2f}" for level in levels]))
    rows.append(("total", [f"{level.mah:.2f}" for level in levels]))
    rows.append(("at least", [f"{level.low_mah:.2f}" for level in levels]))
    rows.append(("at most", [f"{level.high_mah:.2f}" for level in levels]))
    rows.append(("self-discharge", [f"{outlook.cell.lost_mah:.2f}"] * len(levels)))
    for name, values in rows:
        yield f"{name:<16}" + "".join(f"{value:>{width + 2}}" for value in values)


def _end(cell):
    begin = f"The node stops at {cell.end_mv} mV"
    if cell.end_share >= 1:
        return (
            f"{begin}, and a full cell of {cell.chemistry} has less: take another board or cell."
        )
    return f"{begin}, with {100 * cell.end_share:.0f} % of the charge left."


def _plan(days, usual, fewest, causes_mah):
    begin = f"Planned for {days} days: the charge"
    if fewest >= days:
        return f"{begin} suffices."
    if usual >= days:
        return f"{begin} suffices, but not in the worst case."
    is_asleep = causes_mah["sleep"] > sum(causes_mah.values()) / 2
    what = "a board that takes less asleep" if is_asleep else "a larger cell, or send less often"
    return f"{begin} does not suffice; take {what}."


def _days(count):
    return "more than 10 years" if count >= _NEVER else f"{count} days"
