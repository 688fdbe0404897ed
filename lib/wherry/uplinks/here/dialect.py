"""HERE Tracking v2: readings and the newest state as items, after a signed login.

HERE accepts an item only within ten seconds of its own clock. So current rows become separate
items, and older rows go into `payload.log` of fresh items; `mode = "trusting"` also sends older
rows as items with their own stamps, until HERE refuses one.
Source: docs/protocols/here.md.
"""

from binascii import crc32
from os import urandom

from micropython import const

from wherry import free
from wherry.sending import verdict
from wherry.sending.session.session import Session as BaseSession

BATCH_COUNT_MAX = const(200)
# A token has up to 1,024 bytes. A desired state has up to 1,024 bytes of payload, and `system`.
ANSWER_SIZE_MAX = const(2_560)
# No token lasts longer: if more time seems to be left, the clock was set back.
_TOKEN_S_MAX = const(604_800)


class Session(BaseSession):
    """token, account (a CRC), until_s (s since 2000): the login. diff_s: HERE's time minus ours.

    log_only: HERE refuses items with old stamps; tries_log: this is being tested.
    state_version, shadow_result, shadow_crc: of the desired state, -1 or "" without one.
    asked: "token" or "time" during such a request; asks_time: the time is to be requested next;
    timed_s: when it was last requested. stamped: the stamp (s, ms) of the last item.
    was_corrected: the clock was corrected in the last login; was_refused: the token was refused
    since the last batch. had_old, had_scan, had_result: the last batch had old rows as items, a
    scan, a shadow result.
    """

    KEPT = BaseSession.KEPT + (
        "token", "account", "until_s", "diff_s", "log_only", "tries_log", "state_version",
        "shadow", "shadow_result",
    )  # fmt: skip
    token = shadow_result = asked = ""
    account = until_s = diff_s = timed_s = 0
    state_version = shadow_crc = -1
    stamped = 0, 0
    log_only = tries_log = asks_time = was_corrected = was_refused = False
    had_old = had_scan = had_result = False


def next_request(settings: dict, session: Session, batch):
    """Return the http.request.Request to send next, or None if the batch is empty.

    It is the login, the time request, or the batch; judge returns AGAIN for the first two.
    Takes the session's scan, the members of an item's `scan`.
    """
    session.asked = ""
    batch.open(min(BATCH_COUNT_MAX, batch.learned_max or BATCH_COUNT_MAX))
    if not batch.next():
        return None
    asked = _first_of_all(settings, session)
    if asked:
        session.asked = asked
        batch.open(0)
        from wherry.uplinks.here import login

        return login.request(asked, settings, session)
    moment = _moment(session)
    trusting = settings["mode"] == "trusting" and not (session.log_only or session.tries_log)
    size, last = _measured(settings, session, batch, moment, trusting)
    free()
    headers = (
        ("Authorization", "Bearer " + session.token),
        ("Content-Type", "application/json"),
        ("X-Request-Id", _request_id()),
    )
    url = settings["endpoint"] + ("/v2/?async=true" if settings["async"] else "/v2/")
    body = _body(size, last, batch, moment, trusting)
    from wherry.http.request import make_request

    return make_request("POST", url, headers, size + len(last), body)


def _moment(session):
    """Return the server's time as (s since 2000, ms), not before the last request's."""
    now_s, now_ms = session.now
    moment = now_s + session.diff_s, now_ms
    # Of two requests in the same moment, the later one has the newer state. A larger difference
    # means that the clock was set back.
    last = session.stamped
    return max(last, moment) if last[0] - moment[0] < 2 else moment


def _measured(settings, session, batch, moment, trusting):
    """Return the size of the body without its last item, and that item; reset the batch."""
    size, stamp, count = _size(session, batch, moment, trusting)
    free()
    # Walk the measured rows again, without rows added meanwhile.
    batch.open(count)
    batch.next()
    from wherry.uplinks.here import state

    last = state.last_item(settings, session, batch, stamp, moment[0])
    batch.open(count)
    batch.next()
    return size, last


def _size(session, batch, moment, trusting):
    from wherry.uplinks.here import body

    return body.measure(session, batch, moment, trusting)


def _request_id():
    """Return a fresh UUID of version 4."""
    from wherry.uplinks.here import oauth

    return oauth.uuid4(urandom(16))


def account(settings: dict) -> int:
    """Return a CRC that identifies this device at this server."""
    return crc32((settings["endpoint"] + settings["device_id"]).encode())


def _first_of_all(settings, session):
    """Return what to request before anything is sent: "token", "time" or ""."""
    now_s = session.now[0]
    if not session.token or session.account != account(settings):
        return "token"
    if not 0 < session.until_s - now_s <= _TOKEN_S_MAX:
        return "token"
    return "time" if session.asks_time else ""


def _body(size, last, batch, moment, trusting):
    # Loaded for the first piece: before that TLS needs the memory.
    from wherry.uplinks.here.body import pieces

    yield from pieces(size, last, batch, moment, trusting)


def judge(settings: dict, session: Session, response, count: int):
    """Return (verdict, note) for an answer.

    A new desired state leaves `apply` in the session, and `report`, a line for the console.
    """
    asked, session.asked = session.asked, ""
    status = response.status
    crc = crc32(response.body)
    desired = None
    is_success = not asked and status == 204
    if not asked and status == 200:
        # The same desired state as in the last success needs no second look.
        is_success = crc == session.shadow_crc
        if not is_success:
            from wherry.uplinks.here import shadow

            desired = shadow.desired(session, response)
            is_success = desired is not None
    if not is_success:
        from wherry.uplinks.here import answer

        return answer.judge(asked, settings, session, response, count, account(settings))
    session.was_refused = session.had_scan = session.had_old = session.asks_time = False
    if session.tries_log:
        # The same batch passed as a log: HERE had refused the stamps.
        session.tries_log = False
        session.log_only = session.has_changed = True
    if session.had_result and session.shadow_result:
        session.shadow_result = ""
        session.has_changed = True
    session.had_result = False
    if desired is not None:
        session.shadow_crc = crc
        from wherry.uplinks.here import shadow

        shadow.take(settings, session, desired)
    return verdict.DELIVERED, "HTTP %d" % status
