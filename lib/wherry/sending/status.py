"""The meaning of a status in every dialect. Loaded if an answer is not a plain success."""

from micropython import const

from wherry.sending import verdict

_RETRY_AFTER_S_MAX = const(86400)

# Statuses that mean the same in every dialect; the others are judged by their first digit.
_REJECTED = (400, 413, 422)
_RETRY = (408, 425)
_BY_HUNDRED = (
    verdict.RETRY, verdict.RETRY, verdict.DELIVERED, verdict.DENIED, verdict.DENIED, verdict.RETRY,
)  # fmt: skip


def of_status(status: int) -> int:
    """Return the verdict on a bare HTTP status."""
    if status in _REJECTED:
        return verdict.REJECTED
    if status == 429:
        return verdict.BUSY
    return verdict.RETRY if status in _RETRY or status >= 600 else _BY_HUNDRED[status // 100]


def retry_after_s(headers: dict) -> int:
    """Return the seconds of a Retry-After header (RFC 9110 section 10.2.3), or 0."""
    text = headers.get("retry-after", "").strip()
    # A date is ignored: the next upload is rarely earlier.
    if not text or len(text) > 9 or not text.isdigit():
        return 0
    return min(int(text), _RETRY_AFTER_S_MAX)
