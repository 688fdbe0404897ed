"""HERE Tracking v2: readings and the newest state as items, after a login that is signed.

HERE takes an item only within ten seconds of its own clock. So current rows become items of their
own, and older ones go into `payload.log` of fresh items; `mode = "trusting"` sends older rows as
items with their own stamps too, until HERE refuses one.
Source: docs/protocols/here.md.
"""

from binascii import crc32
from os import urandom

from micropython import const

from wherry import free
from wherry.sending import verdict

BATCH_COUNT_MAX = const(200)
# A token has up to 1,024 bytes, a desired state as much payload and its system.
ANSWER_SIZE_MAX = const(2_560)
# What outlives a deep sleep: the token, whose it is and until when (s since 2000), the server's
# time less ours, that stamps of their own are refused, and what was last desired.
KEPT = (
    "token", "account", "until_s", "diff_s", "log_only", "state_version", "shadow",
    "shadow_result",
)  # fmt: skip

# No token lasts longer: where there seems to be more left, the clock was set back.
_TOKEN_S_MAX = const(604_800)


def next_request(settings: dict, session: dict, batch):
    """Return the http.request.Request to send next, None if the batch is empty.

    It is the login, the question for the time, or the batch; judge answers STEP to the first two.
    session: now (s, ms), and scan (members of an item's `scan`), which this takes out.
    """
    session.pop("asked", None)
    batch.open(min(BATCH_COUNT_MAX, session.get("count_max", BATCH_COUNT_MAX)))
    if not batch.next():
        return None
    asked = _first_of_all(settings, session)
    if asked:
        session["asked"] = asked
        batch.open(0)
        from wherry.uplinks.here import login

        return login.request(asked, settings, session)
    moment = _moment(session)
    trusting = settings["mode"] == "trusting" and not session.get("log_only")
    size, last = _measured(settings, session, batch, moment, trusting)
    free()
    headers = (
        ("Authorization", "Bearer " + session["token"]),
        ("Content-Type", "application/json"),
        ("X-Request-Id", _request_id()),
    )
    url = settings["endpoint"] + ("/v2/?async=true" if settings["async"] else "/v2/")
    body = _body(size, last, batch, moment, trusting)
    from wherry.http.request import make_request

    return make_request("POST", url, headers, size + len(last), body)


def _moment(session):
    """Return the server's time as (s since 2000, ms), not before that of the last request."""
    now_s, now_ms = session["now"]
    moment = now_s + session.get("diff_s", 0), now_ms
    # Of two requests in the same moment the later one has the newer state. More than that would be
    # a clock that was set back.
    last = session.get("stamped", (0, 0))
    return last if last > moment and last[0] - moment[0] < 2 else moment


def _measured(settings, session, batch, moment, trusting):
    """Return the bytes of the body without its last item, and that; the batch stands as before."""
    size, stamp, count = _size(session, batch, moment, trusting)
    free()
    # Walked again as it was measured: without rows that come meanwhile.
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
    """Return what to ask for before anything is sent: token, time or None."""
    now_s = session["now"][0]
    if "token" not in session or session.get("account") != account(settings):
        return "token"
    if not 0 < session["until_s"] - now_s <= _TOKEN_S_MAX:
        return "token"
    return "time" if session.get("ask_time") else None


def _body(size, last, batch, moment, trusting):
    # Loaded when the first piece is wanted: until then TLS needs the memory, then the answer.
    from wherry.uplinks.here.body import pieces

    yield from pieces(size, last, batch, moment, trusting)


def judge(settings: dict, session: dict, response, count: int):
    """Return (verdict, note) for an answer.

    A new desired state leaves `apply` in the session, and `report`, a line for the console.
    """
    asked = session.pop("asked", None)
    status = response.status
    if asked or not 200 <= status < 300:
        from wherry.uplinks.here import session as here_session

        return here_session.judge(asked, settings, session, response, account(settings))
    for key in ("refused", "had_scan", "had_old", "ask_time"):
        session.pop(key, None)
    if session.get("log_only") == "tried":
        # The same batch passed as a log: it was the stamps that HERE refused.
        session["log_only"] = True
        session["changed"] = True
    if session.pop("reporting", None) and session.pop("shadow_result", None):
        session["changed"] = True
    if response.body and status == 200:
        crc = crc32(response.body)
        if crc != session.get("shadow_crc"):
            session["shadow_crc"] = crc
            from wherry.uplinks.here import shadow

            shadow.take(settings, session, response.body)
    return verdict.DELIVERED, "HTTP %d" % status
