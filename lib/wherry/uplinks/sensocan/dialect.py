"""SensoCan: readings of one device's sensors, by slug or UUID, with a token.

One reading of a sensor with a UUID is sent alone, a backlog of one such sensor as bulk, all else
as a batch: see request.py. Deduplication is not documented, so a stored reading must not be sent
again. answer.py reads answers other than a plain success. Source: docs/protocols/sensocan.md.
"""

from micropython import const

from wherry.sending import verdict
from wherry.sending.session.session import Session as BaseSession

BATCH_COUNT_MAX = const(100)
# A body of this size is sent in seconds on a weak link.
_BODY_SIZE_MAX = const(24_000)
# The server limits a device's requests per minute; with this few left the node pauses.
_LEFT_MIN = const(2)
REFILL_S = const(60)


class Session(BaseSession):
    """alone: the number of readings still to be sent one by one.

    battery: the newest known voltage as (value, decimals); has_no_battery: the server refuses it.
    """

    KEPT = BaseSession.KEPT + ("alone",)
    alone = 0
    battery = None
    has_no_battery = False


def next_request(settings: dict, session: Session, batch):
    """Return the http.request.Request for the batch, or None if it is empty.

    settings: endpoint, device_uuid, token, battery (the name of its channel at the server, or "").
    The body is an iterator that takes the readings; its pieces have at most 1 KB and are valid
    until the next one.
    """
    from wherry.uplinks.sensocan import request

    measured = request.measure(settings, session, batch, (BATCH_COUNT_MAX, _BODY_SIZE_MAX))
    if not measured:
        return None
    headers = (
        ("Authorization", "Bearer " + settings["token"]),
        ("Content-Type", "application/json"),
        # Without this header some servers answer a failed validation with a redirect.
        ("Accept", "application/json"),
    )
    url = "%s/devices/%s%s" % (settings["endpoint"], settings["device_uuid"], measured[0])
    from wherry.http.request import make_request

    return make_request("POST", url, headers, measured[1], _body(measured, batch))


def _body(measured, batch):
    # Loaded for the first piece: before that TLS needs the memory.
    from wherry.http.json_body import pieces
    from wherry.uplinks.sensocan.shape import shape

    path, size, largest, battery = measured
    yield from pieces(size, largest, shape(path, battery), batch)


def judge(settings: dict, session: Session, response, count: int):
    """Return (verdict, note) for an answer to `count` readings.

    Sets pause_s in the session if the minute's requests are nearly used up.
    """
    body = response.body
    # The usual success, without the reader of JSON.
    is_plain = body.startswith(b'{"message":"Successfully ') and (
        body.endswith(b'"count":%d}' % count) and b'"error' not in body
    )
    if response.status == 201 and is_plain and not session.alone:
        kind, note = verdict.DELIVERED, "HTTP %d" % response.status
    else:
        from wherry.uplinks.sensocan import answer

        kind, note = answer.judge(session, response, count)
    # After these verdicts the node stays away anyway.
    if kind not in (verdict.RETRY, verdict.DENIED, verdict.BUSY) and _few_left(response.headers):
        session.pause_s = REFILL_S
    return kind, note


def _few_left(headers):
    left = headers.get("x-ratelimit-remaining", "")
    return 0 < len(left) < 10 and left.isdigit() and int(left) <= _LEFT_MIN
