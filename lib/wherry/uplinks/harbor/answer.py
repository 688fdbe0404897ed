"""Harbor's answers other than a plain success, and what to do about them.

Loaded for such an answer. Statuses mean the same in versions 1 and 2: 401 and 403 both concern
the key, contrary to the older page.
"""

from wherry.sending import verdict
from wherry.sending.status import needs_content, of_status, retry_after_s

# The statuses of a success; docs/protocols/harbor_v2.md has the table of all answers.
_SUCCESSES = 200, 202
# The end of `status` in a success of the open servers.
_QUEUED = "received and queued"
# The members of a success, besides `status`.
_MEMBERS = "count", "ship_id", "cargo_id"
# A wrong key, too many requests, maintenance: they do not depend on the body.
_NOT_OF_BODY = 401, 429
_UNAVAILABLE = 503


def judge(settings: dict, response, count: int):
    """Return (verdict, note) for an answer to `count` readings."""
    status = response.status
    note = "HTTP %d" % status
    if needs_content(response, count):
        kind, note, doubts_gzip = _judge_content(response, note, count)
    else:
        kind, doubts_gzip = of_status(status), _doubts_gzip(response)
    if doubts_gzip and settings.get("packed"):
        # Before a reading or the key is suspected, the same batch is sent without gzip, and so are
        # the others of this upload: see begin.py.
        settings["gzip"] = None
        return verdict.AGAIN, note + " to gzip; sending plain JSON"
    if kind == verdict.DENIED:
        note += ": " + _remedy(settings, response)
    return kind, note


def _judge_content(response, note, count):
    """Return (verdict, note, whether gzip may be the reason) for a 2xx or a web page."""
    from wherry.http import content

    status, found = response.status, content.read(response)
    if status in _SUCCESSES:
        taken = count if found[0] == content.EMPTY else _taken(content, found, count)
        if taken is not None and taken >= count:
            # Only a count shows that the server has unpacked the body.
            return verdict.DELIVERED, note, "count" not in found[1]
        if taken is not None:
            return verdict.REJECTED, "the server took %d of %d" % (taken, count), True
    # A captive portal has not looked at the body.
    is_portal = status < 300 and found[0] == content.PAGE
    return verdict.RETRY, content.note(status, found), not is_portal


def _taken(content, found, count):
    """Return how many readings the server has according to its answer, None if it is another's."""
    said = found[1].get("status")
    if said is None:
        return content.count_in(found, count, None, _MEMBERS)
    is_own = type(said) is str and said.endswith(_QUEUED)
    return content.count_in(found, count, count) if is_own else None


def _doubts_gzip(response):
    """Return True if gzip may be the reason of an answer, also of a server between."""
    if response.status == _UNAVAILABLE:
        # The same test as in decision.py: without these seconds a 503 counts against a reading.
        return not retry_after_s(response.headers)
    return response.status not in _NOT_OF_BODY


def _remedy(settings, response):
    # Not a table, because a table would occupy heap for every answer.
    status = response.status
    if 300 <= status < 400:
        secured = response.headers.get("location", "")[:8].lower() == "https://"
        if secured and settings["endpoint"][:5] == "http:":
            return "redirects are refused; write https:// in endpoint"
        return "redirects are refused; put the server's own address into endpoint"
    if status in (401, 403):
        return "check api_key"
    if status == 404:
        return "no such harbor: check endpoint or harbor_id, and whether it is offline"
    if status == 405:
        return "that address accepts no readings: check endpoint"
    return "check endpoint, and the harbor in its dashboard"
