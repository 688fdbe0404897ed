"""Compare the lines "harbor: delivered 46, 4 waiting" with the server's table and the flash."""

from bisect import bisect_right

from wherry_host.account.losses import error_us, radio_us
from wherry_host.console_text import DELIVERED

# The time from the print to the stamp of the line, at the computer's normal speed.
_LATE_US = 300_000
# An upload that ends at its deadline, after 20 s, is followed by the next one immediately.
_LONG_US = 10_000_000
# A past state of the flash takes about 30 ms to rebuild, and its readings take memory.
_LOOKS_MAX, _LOOKS_MIN, _READINGS_MAX = 60, 3, 300_000
# The largest number of states of the flash that are tried for a line, and of lines reported.
_STATES_MAX, _REPORTED_MAX = 60, 3


def judge_lines(case, parts, losses):
    """Report each line that contradicts the server's table or the flash."""
    lines = [
        (time_us, *found)
        for time_us, text in case.evidence.lines
        if (found := DELIVERED.read(text))
    ]
    for part in parts:
        own = [(time_us, *rest) for time_us, label, *rest in lines if label == part.label]
        has_held = any(label.startswith(part.label + "~") for _, label, *_ in lines)
        _judge_sum(case, part, own)
        if not has_held:
            _judge_each(case, part, losses, own)
        _judge_waiting(case, part, _spread(own, case, len(parts)))


def _judge_sum(case, part, lines):
    """Compare the sum of the deliveries with the points that the server has at each line."""
    received_us, reported = part.table.received_us(), 0
    for time_us, sent, _ in lines:
        reported += sent
        stored = bisect_right(received_us, time_us)
        if reported > stored:
            text = f"the console says {reported} delivered, the server has {stored}"
            case.report(part.label, time_us, text)
            return


def _judge_each(case, part, losses, lines):
    """Compare each line with the points that came since the previous line.

    A line is printed at the end of an upload. After an event that may end an upload without a
    line, the next line is not compared.
    """
    received_us = part.table.received_us()
    troubles_us = sorted(_troubles_us(case, part, losses))
    before_us = case.evidence.lines[0][0] if case.evidence.lines else 0
    reported = 0
    for time_us, sent, _ in lines:
        begin, end = (bisect_right(received_us, each) for each in (before_us, time_us))
        is_calm = bisect_right(troubles_us, before_us) == bisect_right(troubles_us, time_us)
        if is_calm and end > begin:
            came = _came_before(case, received_us[begin:end], time_us)
            if sent < came:
                text = f"the console says {sent} delivered, {came} had come to the server"
                case.report(part.label, time_us, text)
                reported += 1
        if reported == _REPORTED_MAX:
            return
        before_us = time_us


def _came_before(case, received_us, time_us):
    """Return the number of points that certainly belong to the upload whose line has this time.

    If the next upload may follow immediately, the last points may belong to it.
    """
    late_us = _late_us(case, time_us)
    is_long = received_us[-1] - received_us[0] > _LONG_US
    if is_long or case.bound.is_fast or late_us > 2 * _LATE_US * case.bound.speed:
        return bisect_right(received_us, max(time_us - late_us, received_us[0]))
    return len(received_us)


def _troubles_us(case, part, losses):
    """Yield the times of events that may end an upload without a line."""
    evidence = case.evidence
    for time_us, api, status in evidence.answers:
        if api == part.table.api and (not 200 <= status < 300 or losses.may_be_lost(time_us)):
            yield time_us
    yield from (end.time_us for end in case.board_log.ends)
    yield from (end.over_us for end in case.board_log.ends)
    yield from (time_us for time_us, _ in evidence.strikes)
    yield from radio_us(evidence.events)
    yield from error_us(evidence.events)
    # The readings of an order are reported in other lines.
    yield from (time_us for time_us, text in evidence.lines if "order: " in text)


def _late_us(case, time_us):
    late_us = _LATE_US * case.bound.speed
    return late_us + case.evidence.standstill.total_us(time_us - late_us, time_us)


def _spread(lines, case, parts_count):
    """Return some of the lines, spread over the run, including the last one."""
    room = _READINGS_MAX // (len(case.final.readings) + 1)
    count = max(min(_LOOKS_MAX, room) // parts_count, _LOOKS_MIN)
    step = max(len(lines) / count, 1)
    places = {len(lines) - 1 - int(i * step) for i in range(count)}
    return [lines[place] for place in sorted(places) if place >= 0]


def _judge_waiting(case, part, lines):
    """Compare the number of waiting readings with the states of the flash before each line."""
    reported = 0
    for time_us, _, waiting in lines:
        if reported < _REPORTED_MAX and not _is_borne_out(case, part, time_us, waiting):
            low, high = _waiting_in(case.evidence.flash.at(time_us), part)
            known = f"{low}" if low == high else f"{low} to {high}"
            text = f"the console says {waiting} waiting, the flash has {known}"
            case.report(part.label, time_us, text)
            reported += 1


def _is_borne_out(case, part, time_us, waiting):
    flash = case.evidence.flash
    last = flash.count_at(time_us)
    first = max(flash.count_at(time_us - _late_us(case, time_us)), last - _STATES_MAX, 0)
    for count in range(last, first - 1, -1):
        low, high = _waiting_in(flash.after(count), part)
        if low <= waiting <= high:
            return True
    return False


def _waiting_in(flash, part):
    """Return the smallest and the largest number of readings that may be reported as waiting.

    Readings that the uplink does not take are skipped later.
    """
    cursor = flash.ledger_of(part.label)[:2]
    channels = [each.channel for each in flash.readings if (each.row, each.index) >= cursor]
    return sum(map(part.table.takes, channels)), len(channels)
