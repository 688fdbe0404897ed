"""Harbor's answers other than a plain success, and what to do about them.

Loaded for such an answer. Statuses mean the same in versions 1 and 2: 401 and 403 both concern
the key, contrary to the older page.
"""

from wherry.sending import verdict

# A wrong key, too many requests, maintenance: they do not depend on the body.
_NOT_OF_BODY = 401, 429
_UNAVAILABLE = 503


def judge(settings: dict, response, count: int):
    """Return (verdict, note) for an answer to `count` readings."""
    # Imported here, after the code that defines this module is freed.
    from wherry.sending.status import of_status

    kind = of_status(response.status)
    note = "HTTP %d" % response.status
    if kind == verdict.DELIVERED:
        taken = _count_in(response.body)
        if taken is not None and taken < count:
            kind, note = verdict.REJECTED, "the server took %d of %d" % (taken, count)
    if settings.get("packed") and _is_doubted(kind, response):
        # Before a reading or the key is suspected, the same batch is sent without gzip, and so are
        # the others of this upload: see begin.py.
        settings["gzip"] = None
        return verdict.AGAIN, note + " to gzip; sending plain JSON"
    if kind == verdict.DENIED:
        note += ": " + _remedy(settings, response)
    return kind, note


def _is_doubted(kind, response):
    """Return True if gzip may be the reason of an answer, also of a server between."""
    if kind == verdict.DELIVERED:
        return _count_in(response.body) is None
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


def _count_in(body):
    """Return the number after "count": in a JSON answer, or None if not found."""
    at = body.find(b'"count"')
    while at >= 0:
        at += 7
        while at < len(body) and body[at] in b" :":
            at += 1
        end = at
        while end < len(body) and 48 <= body[end] <= 57:
            end += 1
        if 0 < end - at < 10:
            return int(body[at:end])
        # A ship may be named "count".
        at = body.find(b'"count"', at)
    return None
