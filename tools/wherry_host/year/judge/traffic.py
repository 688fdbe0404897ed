"""The radio of a node on battery: how long it is on, whether it is needed, and how often it is on.

docs/design/sending.md has the waits. Those of a node with several uplinks, with changing periods
or with alarms are not judged, because its uploads have many reasons.
"""

from bisect import bisect_left
from itertools import pairwise

from wherry_host.year.judge.lateness import Lateness, longest_send_us
from wherry_host.year.judge.slot import upload_off_us

# An upload ends 20 s after its start.
_ON_US_MAX = 21_000_000
# The wait after a failure is a quarter shorter or longer by chance; the sensors' own time, which
# an upload is counted from, differs too.
_SHARE, _SLACK_US = 0.74, 30_000_000
_MINUTE_US = 60_000_000
#: {class of the last answer: (doublings after the first failure, the longest wait in us)}.
_WAITS = {
    "no answer": (0, 240 * _MINUTE_US),
    "error": (0, 15 * _MINUTE_US),
    "denied": (2, 60 * _MINUTE_US),
}
# After these answers a node on battery waits 5 s, and longer each time.
_BUSY, _DENIED = (429, 503), (301, 401, 403, 404)
_BUSY_US = 4_000_000
# An upload whose time is over before the last batch continues after the next sample.
FULL_US = 13_000_000


def judge(life, bound, found):
    """Give `found.wrong` each span of the radio that is too long, needless or too early.

    `bound` is the StampBound of the Life.
    """
    node = life.site.node
    if not node.sleeps:
        return
    requests = life.site.requests()
    calm = Lateness(life, longest_send_us(life.site))
    sends_all = _sends_all(node.typed)
    for begin_us, end_us in life.radio_us:
        if end_us - begin_us > _ON_US_MAX and not life.deploys.is_near(begin_us):
            found.wrong(f"the radio is on for {(end_us - begin_us) / 1e6:.1f} s at {begin_us}")
        # A loss of power or the end of the life may be the end of the span.
        is_calm = calm.is_calm(begin_us) and calm.is_calm(end_us + 1)
        is_calm = is_calm and end_us < life.clock.us
        if is_calm and sends_all and not _between(requests, (begin_us,), (end_us,)):
            found.wrong(f"the radio is on at {begin_us} without a request")
    if is_plain(node.typed):
        _judge_waits(life, bound, requests, found)


def _sends_all(typed):
    """Return True if there is something to send after each sample."""
    chosen = [uplink["selection"] for uplink in typed["uplink"] if uplink["selection"]]
    return all(isinstance(channels, str) for channels, *_ in chosen)


def is_plain(typed):
    """Return True if the only reasons for an upload are its period and the failure before.

    The channels that SensoCan does not know have uploads of their own.
    """
    power, kinds = typed["power"], [uplink["kind"] for uplink in typed["uplink"]]
    is_lone = len(kinds) == 1 and kinds != ["sensocan"]
    has_alarm = any(section.get("alarm") for section in typed["sensor"])
    return is_lone and not power["cadence"] and not power["windows"] and not has_alarm


def _judge_waits(life, bound, requests, found):
    every_us = min(each["node"]["send_every_ms"] for each in life.site.typeds()) * 1000
    ends_us = [each.at_us for each in life.power.losses + life.deploys.done]
    ends_us += life.deploys.overs_us
    ends_us.sort()
    kind, count = None, 0
    for (begin_us, end_us), (following_us, _) in pairwise(life.radio_us):
        answers = _between(requests, (begin_us,), (end_us,))
        before, kind = kind, _kind(answers)
        # A batch that was accepted ends the failures before it.
        has_sent = any(map(_is_accepted, answers))
        count = count + 1 if kind == before and not has_sent else 1
        if _between(ends_us, begin_us, following_us) or life.deploys.is_near(begin_us):
            kind = None
            continue
        is_full = end_us - begin_us > FULL_US and kind == "taken"
        least_us = 0 if is_full else _least_us(kind, count, every_us, answers)
        wait_us = following_us - begin_us
        # After a success the node sends at its slot, unless that is very soon.
        is_wrong = wait_us < least_us and not (
            kind == "taken"
            and wait_us >= every_us >> 7
            and _is_at_slot(life.site, following_us, bound)
        )
        if is_wrong:
            found.wrong(
                f"the radio is on {wait_us // 1_000_000} s after {begin_us}, and not after "
                f"{least_us // 1_000_000} s: {kind}, {count} in a row"
            )


def _is_at_slot(site, time_us, bound):
    """Return whether a time may be a node's slot, with one of its configurations."""
    error_us = bound.error_us(time_us)
    return any(not upload_off_us(typed, time_us, error_us) for typed in site.typeds())


def _between(times_us, begin_us, end_us):
    """Return the part of a sorted list between two times."""
    return times_us[bisect_left(times_us, begin_us) : bisect_left(times_us, end_us)]


def _kind(answers):
    """Return the class of the last answer in a span of the radio."""
    status = answers[-1].status if answers else 0
    if not status:
        return "no answer"
    if status in _BUSY:
        return "busy"
    is_foreign = status < 300 and not answers[-1].api
    if status >= 500 or status == 408 or is_foreign:
        return "error"
    return "denied" if status in _DENIED else "taken"


def _is_accepted(request):
    return request.count and 200 <= request.status < 300


def _least_us(kind, count, every_us, answers):
    """Return the least time from one start of the radio to the next."""
    if kind == "busy":
        return max(_BUSY_US, answers[-1].retry_s * 1_000_000)
    doublings, most_us = _WAITS.get(kind, (0, 0))
    mean_us = min(every_us << (doublings + count - 1), max(every_us, most_us))
    return round(_SHARE * mean_us) - _SLACK_US
