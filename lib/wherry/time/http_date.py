"""The time from the Date of the uplinks' servers, for a network that blocks SNTP. No I/O.

A certificate cannot be checked while the RTC is not set. So an unset clock first gets the Date of
a HEAD over plain HTTP, without a key or a name. That Date only sets the RTC: stamps come from the
answer to a second HEAD, over TLS, whose certificate must then be valid. Loaded on demand; other
modules are loaded only between requests, to leave memory for TLS.
"""

from micropython import const

from wherry import free
from wherry.stage.memory import SILENT_AT, SILENT_MAX

# After this number of Dates the time servers are asked once more.
_DATES_MAX = const(24)
# Times more than this after the firmware's date are invalid.
_LATE_S = const(0x3FFFFFFF)
# A Date is rounded down to seconds.
_HALF_MS = const(500)
_NEAR_MS_MAX = const(300_000)
# The limit of a request, and if the time is known already: the upload needs the rest of its time.
_MS_MAX = const(10_000)
_KNOWN_MS_MAX = const(5_000)


def settle(node, doubted: tuple, deadline: int) -> None:
    """Learn the time before a deadline in ticks; `doubted` is the result of sync.sync.

    Raises OSError while the time stays unknown.
    """
    is_known, trouble = False, None
    try:
        is_known = _confirm(node, doubted, deadline) if doubted else _replace(node, deadline)
    except OSError as error:
        trouble = str(error)
    from wherry.time import setting

    setting.end(node, is_known, trouble)


def _replace(node, deadline):
    """Learn the time in place of the time servers, and count it."""
    busy = node.stage.state.busy
    count = busy[SILENT_AT] + 1
    # Without a Date, the next upload asks the time servers first.
    busy[SILENT_AT] = SILENT_MAX - 1
    is_known = _ask(node, deadline)
    if count < SILENT_MAX + _DATES_MAX:
        busy[SILENT_AT] = count
    return is_known


def _ask(node, deadline):
    """Learn the time; return False if another source must confirm it.

    Servers of more than one uplink confirm each other.
    """
    hosts = []
    for number in range(len(node.uploads)):
        place = _place(node, number)
        if place[1] in hosts:
            continue
        hosts.append(place[1])
        if place[0] and not node.stage.state.synced:
            date = _date(node, (False, place[1], 80), (), deadline)
            _set_rtc(node, date[1] - date[0] if date else 0)
        ca = node.uploads[number].settings["ca"]
        answer = _date(node, place, ca, deadline)
        if not answer:
            raise OSError("%s: no date" % place[1])
        if _is_learned(node, answer + (-1 - number,), True):
            return True
    return False


def _confirm(node, doubted, deadline):
    """Compare a time server's answer with the Date of the first uplink's server.

    Returns whether the time was learned. An unset clock takes the only answer of a time server
    if the Date is near it, because the server's clock may be less exact, or if it has no Date.
    """
    is_known = False
    # The certificate is valid at one of the two times.
    shift = _set_rtc(node, doubted[1] - doubted[0])
    try:
        ca = node.uploads[0].settings["ca"]
        date = _date(node, _place(node, 0), ca, deadline)
        is_known = date is not None and _is_learned(node, date + (-1,), False)
    finally:
        if not is_known:
            _set_rtc(node, -shift)
    if not (is_known or node.stage.state.synced):
        offsets = list(node.clock.doubts.values())
        if len(offsets) == (2 if date else 1) and abs(offsets[0] - offsets[-1]) <= _NEAR_MS_MAX:
            is_known = _is_learned(node, doubted, True)
    return is_known


def _place(node, number):
    """Return (secure, host, port) of an uplink's server."""
    from wherry.http.head import split_url

    return split_url(node.uploads[number].settings["endpoint"])[:3]


def _date(node, place, ca, deadline):
    """Return (rtc_ms, true_ms, uncertainty_ms) of one moment, from the Date of a server.

    Returns None if its answer has none. Raises OSError without an answer, or for a wrong Date.
    """
    link, state = node.link, node.stage.state
    limit_ms = _KNOWN_MS_MAX if state.synced else _MS_MAX
    deadline = min(deadline, node.ticks() + limit_ms) + state.zero_ms
    answer = link.exchange(_request(place), deadline, ca)
    now_ms = node.ports.rtc_ms()
    from wherry.http.imf_date import seconds

    text = answer.headers.get("date", "")
    if not text:
        return None
    s = seconds(text)
    if s is None or not 0 <= s - link.date_min_s <= _LATE_S:
        raise OSError("%s: date %r is not plausible" % (place[1], text[:40]))
    way_ms = (now_ms - link.sent_ms + 1) // 2
    return now_ms, s * 1000 + _HALF_MS + way_ms, _HALF_MS + way_ms


def _request(place):
    from wherry.http.request import make_request

    url = "http%s://%s:%d/" % ("s" if place[0] else "", place[1], place[2])
    # The modules that come next need the memory of the connection.
    return make_request("HEAD", url, (("Connection", "close"),))


def _is_learned(node, answer, is_alone):
    from wherry.time.setting import learn

    is_known = learn(node, answer, is_alone)
    free()
    return is_known


def _set_rtc(node, shift):
    """Set the RTC forward if certificates need it; return by how many ms."""
    from wherry.time import setting

    shift = setting.far(shift)
    setting.set_rtc(node, shift)
    free()
    return shift
