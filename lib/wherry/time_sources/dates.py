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
_DATES_MAX = const(6)
# Times more than this after the firmware's date are invalid.
_LATE_S = const(0x3FFFFFFF)
# A Date is rounded down to seconds.
_HALF_MS = const(500)
_AGREE_MS_MAX = const(10_000)
_NEAR_MS_MAX = const(300_000)
# Times that are less apart are the same for certificates.
_HOUR_MS = const(3_600_000)
# The limit of a request, and if the time is known already: the upload needs the rest of its time.
_MS_MAX = const(10_000)
_KNOWN_MS_MAX = const(5_000)
# The modules that come next need the memory of the connection; a cache's Date would be old.
_HEADERS = (("Connection", "close"), ("Cache-Control", "no-cache"))


def settle(node, answers: list, deadline: int) -> None:
    """Learn the time before a deadline in ticks; `answers` is the result of choice.choose.

    Raises OSError while the time stays unknown.
    """
    is_known, trouble = False, None
    try:
        is_known = _confirm(node, answers, deadline) if answers else _replace(node, deadline)
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
    _ask(node, deadline)
    if count < SILENT_MAX + _DATES_MAX:
        busy[SILENT_AT] = count
    return True


def _ask(node, deadline):
    """Learn the time from the first server whose Date suffices; raise OSError without one."""
    trouble, number = "", 0
    for place, ca in _places(node):
        number -= 1
        try:
            if not node.stage.state.synced:
                date = _needed(node, (False, place[1], 80), (), deadline)
                _set_rtc(node, date[1] - date[0] - node.stage.state.zero_ms)
            date = _needed(node, place, ca, deadline)
        except OSError as error:
            trouble = str(error)
            continue
        if _is_learned(node, date + (number,), True):
            return
    if not number:
        raise OSError("no uplink has https://, so none gives the time")
    raise OSError(trouble or "time: the sources do not agree")


def _confirm(node, answers, deadline):
    """Compare time servers' answers with the Date of a server; return whether one was learned."""
    state = node.stage.state
    # The certificate is valid at one of the times.
    times_ms = [node.ports.rtc_ms()] if state.synced else []
    trouble = None
    for place, ca in _places(node):
        tried_ms = []
        for time_ms in times_ms + [each[1] for each in answers]:
            if [each for each in tried_ms if abs(each - time_ms) < _HOUR_MS]:
                continue
            tried_ms.append(time_ms)
            shift = _set_rtc(node, time_ms - node.ports.rtc_ms())
            try:
                date = _date(node, place, ca, deadline)
            except OSError as error:
                trouble = str(error)
                continue
            finally:
                _set_rtc(node, -shift)
            return _is_chosen(node, answers, date)
    if trouble:
        raise OSError(trouble)
    return _is_chosen(node, answers, None)


def _is_chosen(node, answers, date):
    """Learn the time from the answer that a Date confirms.

    Without one, a clock that is known takes the Date, and an unset clock the only answer if the
    Date is near it, because the server's clock may be less exact, or without any Date.
    """
    is_synced = node.stage.state.synced
    if date:
        offset = date[1] - date[0]
        node.clock.doubts[-1] = offset
        for answer in answers:
            if abs(answer[1] - answer[0] - offset) <= _AGREE_MS_MAX:
                return _is_learned(node, answer, False)
        if is_synced:
            return _is_learned(node, date + (-1,), False)
    only = answers[0]
    if is_synced or len(answers) > 1:
        return False
    if date and abs(only[1] - only[0] - date[1] + date[0]) > _NEAR_MS_MAX:
        return False
    return _is_learned(node, only, True)


def _places(node):
    """Return [((True, host, port), CA roots)] of the uplinks' servers, each host once."""
    from wherry.http.head import split_url

    found, hosts = [], []
    for upload in node.uploads:
        place = split_url(upload.settings["endpoint"])[:3]
        if place[0] and place[1] not in hosts:
            hosts.append(place[1])
            found.append((place, upload.settings["ca"]))
    return found


def _needed(node, place, ca, deadline):
    """Return what `_date` returns; raise OSError if that is None."""
    date = _date(node, place, ca, deadline)
    if not date:
        raise OSError("%s: no plausible date" % place[1])
    return date


def _date(node, place, ca, deadline):
    """Return (ticks, true ms, uncertainty in ms) of one moment, from the Date of a server.

    Returns None for an answer without a plausible Date. Raises OSError without an answer.
    """
    link, state = node.link, node.stage.state
    limit_ms = _KNOWN_MS_MAX if state.synced else _MS_MAX
    deadline = min(deadline, node.ticks() + limit_ms) + state.zero_ms
    answer = link.exchange(_request(place), deadline, ca)
    ticks = node.ticks()
    from wherry.http.imf_date import seconds

    headers = answer.headers
    s = seconds(headers.get("date", "")) if headers.get("age", "0") == "0" else None
    if s is None or not 0 <= s - link.date_min_s <= _LATE_S:
        return None
    way_ms = (ticks + state.zero_ms - link.sent_ms + 1) // 2
    return ticks, s * 1000 + _HALF_MS + way_ms, _HALF_MS + way_ms


def _request(place):
    from wherry.http.request import make_request

    url = "http%s://%s:%d/" % ("s" if place[0] else "", place[1], place[2])
    return make_request("HEAD", url, _HEADERS)


def _is_learned(node, answer, is_alone):
    from wherry.time.setting import learn

    is_known = learn(node, answer, is_alone)
    free()
    return is_known


def _set_rtc(node, shift):
    """Set the RTC forward if certificates need it; return by how many ms."""
    from wherry.time import rtc

    shift = rtc.far(shift)
    if shift:
        rtc.set_forward(node, shift)
    free()
    return shift
