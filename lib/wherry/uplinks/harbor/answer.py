"""What an answer of Harbor means that is no plain success, and what to do about it.

Loaded for such an answer. Versions 1 and 2 mean the same by their statuses: 401 and
403 both speak of the key, whatever the older page says.
"""

from wherry.sending import verdict


def judge(settings: dict, response, count: int):
    """Return (verdict, note) for an answer to `count` readings."""
    # Now that the code that defines this module is gone.
    from wherry.sending.status import of_status

    kind = of_status(response.status)
    note = "HTTP %d" % response.status
    if kind == verdict.DELIVERED:
        taken = _count_in(response.body)
        if taken is not None and taken < count:
            return verdict.REJECTED, "the server took %d of %d" % (taken, count)
    elif kind == verdict.DENIED:
        note += ": " + _remedy(settings, response)
    return kind, note


def _remedy(settings, response):
    # Not a table, which takes heap whatever the answer is.
    status = response.status
    if 300 <= status < 400:
        secured = response.headers.get("location", "")[:8].lower() == "https://"
        if secured and settings["endpoint"][:5] == "http:":
            return "redirects are refused; write https:// in endpoint"
        return "redirects are refused; put the server's own address into endpoint"
    if status in (401, 403):
        return "check api_key"
    if status == 404:
        return "no harbor there: check endpoint or harbor_id, and whether it is offline"
    if status == 405:
        return "nothing takes readings there: check endpoint"
    return "check endpoint, and the harbor in its dashboard"


def _count_in(body):
    """Return the number after "count": in a JSON answer, None if there is none."""
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
        # A ship may be called so.
        at = body.find(b'"count"', at)
    return None
