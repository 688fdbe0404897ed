"""The meaning of a status in every dialect, except a success. Loaded on demand."""

from micropython import const

from wherry.sending import verdict

_RETRY_AFTER_S_MAX = const(86400)

# Statuses that mean the same in every dialect; the others depend on their first digit.
_REJECTED = (400, 413, 422)
_RETRY = (408, 425)
_DENIED = (3, 4)
_TOO_LARGE = const(413)
# Two readings of a position are sent together.
_ONE_MAX = const(2)


def needs_content(response, count: int) -> bool:
    """Return whether the meaning of an answer to `count` readings depends on its content.

    A success is what the API documents. A web page comes from another server or a proxy, so it is
    the refusal of no reading; but a proxy may have a limit for the size of a body.
    """
    status = response.status
    if status not in _REJECTED or (status == _TOO_LARGE and count > _ONE_MAX):
        return 200 <= status < 300
    from wherry.http.web_page import is_page

    return is_page(response)


def of_status(status: int) -> int:
    """Return the verdict on a bare HTTP status.

    It is never DELIVERED: which 2xx is a success depends on the body, see the dialects.
    """
    if status in _REJECTED:
        return verdict.REJECTED
    if status == 429:
        return verdict.BUSY
    is_denied = status // 100 in _DENIED and status not in _RETRY
    return verdict.DENIED if is_denied else verdict.RETRY


def retry_after_s(headers: dict) -> int:
    """Return the seconds of a Retry-After header (RFC 9110 section 10.2.3), or 0."""
    text = headers.get("retry-after", "").strip()
    # A date is ignored: the next upload is rarely earlier.
    if not text or len(text) > 9 or not text.isdigit():
        return 0
    return min(int(text), _RETRY_AFTER_S_MAX)
