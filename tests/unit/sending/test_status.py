"""The verdict of each status alone, and each value of the wait that a server requests."""

from wherry.sending import status, verdict


def expected(code):
    """Return the verdict according to docs/design/sending.md and RFC 9110."""
    if code in (400, 413, 422):
        return verdict.REJECTED
    if code == 429:
        return verdict.BUSY
    if 200 <= code <= 299:
        return verdict.DELIVERED
    # 408 means that the server stopped waiting, and 425 means too early (RFC 8470).
    if 300 <= code <= 499 and code not in (408, 425):
        return verdict.DENIED
    return verdict.RETRY


def test_each_status_has_its_verdict():
    for code in range(1000):
        assert status.of_status(code) == expected(code), code


def test_verdicts_are_distinct():
    names = (
        "DELIVERED", "RETRY", "REJECTED", "DENIED", "AGAIN", "UNKNOWN_CHANNEL", "PARTIAL", "BUSY",
        "NO_ANSWER",
    )  # fmt: skip
    assert len({getattr(verdict, name) for name in names}) == len(names)


def test_a_retry_after_is_whole_seconds_up_to_a_day():
    for text, expected_s in (
        ("0", 0), ("1", 1), ("  7 ", 7), ("86399", 86399), ("86400", 86400), ("86401", 86400),
        ("000000001", 1), ("999999999", 86400), ("0000000001", 0), ("1000000000", 0),
        ("", 0), ("-1", 0), ("+1", 0), ("1.0", 0), ("1 2", 0), ("soon", 0), ("0x10", 0),
    ):  # fmt: skip
        assert status.retry_after_s({"retry-after": text}) == expected_s, text
    assert status.retry_after_s({}) == 0
    assert status.retry_after_s({"retry": "5"}) == 0
