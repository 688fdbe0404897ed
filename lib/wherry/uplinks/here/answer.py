"""HERE's answers to a login or a time request, and to a refused batch. Loaded on demand.

`diff_s`, the server's time minus ours, comes from the header of a refused login or from
/v2/timestamp. A batch refused with 400 is first sent again without possible causes: a scan, old
stamps, a wrong clock. Only after that are its readings suspected.
"""

from micropython import const

from wherry import DATE_S
from wherry.http import content
from wherry.sending import verdict
from wherry.sending.status import needs_content, of_status

# From 1970 to 2000.
_UNIX_S = const(946_684_800)
# A token is renewed this long before its end, or at half of a shorter lifetime.
_RENEW_S = const(600)
_TOKEN_S_MAX = const(604_800)
_TOKEN_SIZE_MAX = const(1024)
# HERE's time has whole seconds and is late by the transfer: below this our clock is better.
_DIFF_S_MIN = const(3)
# A refused batch requests the time at most this often.
_TIME_EVERY_S = const(600)


def judge(asked, settings: dict, session, response, count: int, account: int) -> tuple:
    """Return (verdict, note) for an answer to a login or a time request, or to a refused batch.

    The batch has `count` readings; `account` identifies this device at this server.
    """
    if asked == "token":
        kind, note = _judge_login(session, response, account)
    elif asked == "time":
        kind, note = _judge_time(session, response)
    else:
        kind, note = _judge_batch(settings, session, response, count)
    if kind == verdict.DENIED:
        from wherry.uplinks.here.remedies import remedy

        note = "%s: %s" % (note, remedy(asked, response.status))
    return kind, note


def _judge_login(session, response, account):
    status, found = response.status, content.read(response)
    note = "login: HTTP %d" % status
    if status == 200:
        if _keep_token(session, found[1]):
            _belong(session, account)
            session.was_corrected = False
            return verdict.AGAIN, note
        if found[0] == content.OBJECT:
            return verdict.RETRY, "login: an answer without a token"
    if status < 300:
        return verdict.RETRY, "login: " + content.note(status, found)
    server_s = _seconds(response.headers.get("x-here-timestamp", ""))
    if status == 401 and server_s is not None:
        _correct(session, server_s)
        session.was_corrected = not session.was_corrected
        if session.was_corrected:
            return verdict.AGAIN, "%s, clock corrected by %d s" % (note, session.diff_s)
        return verdict.RETRY, note + " though the clock agrees with the server's"
    kind = of_status(status)
    # A login contains no reading that could be at fault.
    return (kind if kind in (verdict.RETRY, verdict.BUSY) else verdict.DENIED), note


def _keep_token(session, members):
    token, left_s = members.get("accessToken"), members.get("expiresIn")
    if type(token) is not str or not 0 < len(token) <= _TOKEN_SIZE_MAX:
        return False
    try:
        octets = token.encode()
    except UnicodeError:
        return False  # A lone surrogate, on CPython.
    if min(octets) < 33 or max(octets) > 126:
        return False
    if type(left_s) is not int or left_s <= 1:
        return False
    left_s = min(left_s, _TOKEN_S_MAX)
    session.token = token
    session.until_s = session.now[0] + left_s - min(_RENEW_S, left_s // 2)
    session.has_changed = True
    return True


def _belong(session, account):
    """Forget what was learned under another device's id or from another server."""
    if session.account not in (0, account):
        session.log_only = session.tries_log = False
        session.state_version = -1
        session.shadow = {}
        session.shadow_result = ""
    session.account = account


def _judge_time(session, response):
    status = response.status
    kind = of_status(status)
    if status >= 300 and kind in (verdict.RETRY, verdict.BUSY):
        return kind, "time: HTTP %d" % status
    session.asks_time = False
    session.timed_s = session.now[0]
    server_s = _seconds(content.read(response)[1].get("timestamp")) if status == 200 else None
    if server_s is None:
        # Continue without the server's time: the wrong clock was only a guess.
        return verdict.AGAIN, "time: HTTP %d, no time" % status
    _correct(session, server_s)
    return verdict.AGAIN, "time: server minus node is %d s" % session.diff_s


def _correct(session, server_s):
    now_s = session.now[0]
    diff_s = server_s - now_s
    session.timed_s = now_s
    diff_s = diff_s if abs(diff_s) >= _DIFF_S_MIN else 0
    if session.diff_s != diff_s:
        session.has_changed = True
    session.diff_s = diff_s


def _judge_batch(settings, session, response, count):
    status = response.status
    if needs_content(response, count):
        return verdict.RETRY, content.note(status, content.read(response))
    kind = of_status(status)
    note = "HTTP %d" % status
    if status in (401, 403):
        session.token = ""
        session.has_changed = True
        if not session.was_refused:
            session.was_refused = True
            return verdict.AGAIN, note + ", token discarded"
    elif status == 400 and _may_be_otherwise(settings, session):
        return verdict.AGAIN, note + ", trying another form"
    elif status == 400:
        session.tries_log = False  # The stamps were not the cause.
    return kind, note


def _may_be_otherwise(settings, session):
    """Decide what to change for the next try; return False if there is nothing left to change."""
    otherwise, session.had_scan = session.had_scan, False
    if abs(session.now[0] - session.timed_s) >= _TIME_EVERY_S:
        session.asks_time = otherwise = True
    if not otherwise and session.had_old:
        session.had_old = False
        session.tries_log = otherwise = not (session.log_only or session.tries_log)
    return otherwise


def _seconds(unix_s):
    """Return Unix seconds, a number or digits, as seconds since 2000; None if implausible."""
    if type(unix_s) is str and 0 < len(unix_s) < 12 and unix_s.isdigit():
        unix_s = int(unix_s)
    if type(unix_s) is not int or not DATE_S <= unix_s - _UNIX_S < 1 << 30:
        return None
    return unix_s - _UNIX_S
