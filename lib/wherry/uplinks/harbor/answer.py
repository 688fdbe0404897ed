"""Harbor's answers other than a plain success, and what to do about them.

Loaded for such an answer. Statuses mean the same in versions 1 and 2: 401 and 403 both concern
the key, contrary to the older page.
"""

from wherry.http import content
from wherry.sending import verdict
from wherry.sending.status import of_answer

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
    found = content.read(response)
    kind, note = _judge(response.status, found, count)
    if settings.get("packed") and _is_doubted(kind, response, found):
        # Before a reading or the key is suspected, the same batch is sent without gzip, and so are
        # the others of this upload: see begin.py.
        settings["gzip"] = None
        return verdict.AGAIN, note + " to gzip; sending plain JSON"
    if kind == verdict.DENIED:
        note += ": " + _remedy(settings, response)
    return kind, note


def _judge(status, found, count):
    note = "HTTP %d" % status
    if status in _SUCCESSES:
        taken = count if found[0] == content.EMPTY else _taken(found, count)
        if taken is not None:
            if taken >= count:
                return verdict.DELIVERED, note
            return verdict.REJECTED, "the server took %d of %d" % (taken, count)
    is_page = found[0] == content.PAGE
    kind = of_answer(status, is_page, count)
    if status < 300 or (is_page and kind != verdict.DENIED and status < 500):
        note = content.note(status, found)
    return kind, note


def _taken(found, count):
    """Return how many readings the server has according to its answer, None if it is another's."""
    said = found[1].get("status")
    if said is None:
        return content.count_in(found, count, None, _MEMBERS)
    is_own = type(said) is str and said.endswith(_QUEUED)
    return content.count_in(found, count, count) if is_own else None


def _is_doubted(kind, response, found):
    """Return True if gzip may be the reason of an answer, also of a server between."""
    if kind == verdict.DELIVERED:
        # Only a count shows that the server has unpacked the body.
        return "count" not in found[1]
    if response.status == _UNAVAILABLE:
        from wherry.sending.status import retry_after_s

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
