"""HERE's answers to logins and time requests, at their bounds, and the session's state."""

from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.here_server import UNIX_S
from support.uplinks.here_session import ACCOUNT, SETTINGS, judged, new_session
from wherry import DATE_S
from wherry.sending import verdict
from wherry.uplinks.here import answer, login
from wherry.uplinks.here import dialect as here
from wherry.uplinks.here.oauth import authorization


def logged_in(token, expires_s):
    """Return the session after a login with this answer, or None if no token was accepted."""
    session = new_session(was_corrected=True)
    body = {"accessToken": token, "expiresIn": expires_s}
    kind, note = judged("token", session, 200, body)
    if kind == verdict.AGAIN:
        assert note == "login: HTTP 200" and session.token == token
        assert session.has_changed and not session.was_corrected and session.account == ACCOUNT
        return session
    assert (kind, note) == (verdict.RETRY, "login: an answer without a token")
    assert session.token == "" and not session.has_changed and session.account == 0
    return None


def test_a_token_has_1_to_1024_printable_characters():
    for token in ("!", "~", "a!~z", "x" * 1024, "!" * 1024):
        assert logged_in(token, 900), token
    for token in ("", "x" * 1025, " ", "a b", "a\x7f", "\x7f", "\x1f", "\xe9", "a\n", 5, None, []):
        assert not logged_in(token, 900), token


def test_a_token_is_renewed_ten_minutes_early_or_at_half_its_life():
    for expires_s, until_s in (
        (2, 1), (3, 2), (10, 5), (11, 6), (1198, 599), (1199, 600), (1200, 600), (1201, 601),
        (86_399, 85_799), (604_799, 604_199), (604_800, 604_200), (604_801, 604_200),
        (10**9, 604_200),
    ):  # fmt: skip
        assert logged_in("t", expires_s).until_s == NOW_S + until_s, expires_s
    for expires_s in (1, 0, -1, "900", 900.5, True, None, [900]):
        assert not logged_in("t", expires_s), expires_s


def test_a_login_is_due_at_the_end_of_a_token_and_for_another_device():
    account = here.account(SETTINGS)
    for left_s, asked in (
        (-1, "token"), (0, "token"), (1, ""), (2, ""), (604_799, ""), (604_800, ""),
        (604_801, "token"), (1 << 29, "token"),
    ):  # fmt: skip
        session = new_session(token="t", account=account, until_s=NOW_S + left_s)
        assert here._first_of_all(SETTINGS, session) == asked, left_s
        session.asks_time = True
        assert here._first_of_all(SETTINGS, session) == (asked or "time"), left_s
        session.token = ""
        assert here._first_of_all(SETTINGS, session) == "token"
    for other in (settings(device_id="9d9c31be-dd5d-40b1-95af-7d5375c39562"),
                  settings(endpoint="https://x.example")):  # fmt: skip
        session = new_session(token="t", account=account, until_s=NOW_S + 9)
        assert here._first_of_all(other, session) == "token"


def test_a_session_is_kept_for_its_device_and_forgotten_for_another():
    for account, is_kept in ((0, True), (ACCOUNT, True), (1, False), (ACCOUNT + 1, False)):
        learned = {"log_only": True, "tries_log": True, "state_version": 4,
                   "shadow": {"send_every_ms": 1}, "shadow_result": "applied"}  # fmt: skip
        session = new_session(account=account, **learned)
        judged("token", session, 200, {"accessToken": "t", "expiresIn": 900})
        fresh = {"log_only": False, "tries_log": False, "state_version": -1, "shadow": {},
                 "shadow_result": ""}  # fmt: skip
        found = {name: getattr(session, name) for name in learned}
        assert found == (learned if is_kept else fresh), account
        assert session.account == ACCOUNT


# (seconds since 1970, True if they are accepted as a server's time): from the date of this version
# up to the largest small integer on the chip, which counts seconds since 2000.
TIMES = (
    (UNIX_S + DATE_S - 1, False), (UNIX_S + DATE_S, True), (UNIX_S + NOW_S, True),
    (UNIX_S + (1 << 30) - 1, True), (UNIX_S + (1 << 30), False), (0, False), (-1, False),
    (NOW_S, False), (10**11, False),
)  # fmt: skip


def test_a_servers_time_must_be_plausible():
    for unix_s, is_taken in TIMES:
        expected = unix_s - UNIX_S if is_taken else None
        assert answer._seconds(unix_s) == expected, unix_s
        assert answer._seconds("%d" % unix_s) == expected, unix_s
    # A time has at most eleven digits.
    assert answer._seconds("0%d" % (UNIX_S + NOW_S)) == NOW_S
    for text in ("00%d" % (UNIX_S + NOW_S), "", " ", "1e9", "+5", "-1795163040", "x",
                 1.7e9, None, True, []):  # fmt: skip
        assert answer._seconds(text) is None, text


def test_a_clock_is_corrected_by_three_seconds_or_more():
    for off_s, diff_s in (
        (-40_000, -40_000), (-4, -4), (-3, -3), (-2, 0), (-1, 0), (0, 0), (1, 0), (2, 0), (3, 3),
        (4, 4), (3600, 3600),
    ):  # fmt: skip
        for before in (0, 50):
            session = new_session(diff_s=before, asks_time=True)
            found = judged("time", session, 200, {"timestamp": UNIX_S + NOW_S + off_s})
            note = "time: server minus node is %d s" % diff_s
            assert found == (verdict.AGAIN, note), off_s
            assert (session.diff_s, session.timed_s) == (diff_s, NOW_S)
            assert session.has_changed == (diff_s != before) and not session.asks_time, off_s


def test_an_answer_without_a_time_does_not_change_the_clock():
    for status, octets, kind in (
        (200, b"", 4), (200, b"{", 4), (200, b"[]", 4), (200, b"5", 4), (200, b"{}", 4),
        (200, b"\xff", 4), (201, b'{"timestamp":1795163040}', 4), (404, b"{}", 4), (302, b"", 4),
        (401, b"", 4), (429, b"", verdict.BUSY), (500, b"", verdict.RETRY),
        (408, b"", verdict.RETRY),
    ):  # fmt: skip
        session = new_session(diff_s=50, asks_time=True)
        found = judged("time", session, status, octets=octets)
        is_done = kind == verdict.AGAIN
        note = "time: HTTP %d" % status + (", no time" if is_done else "")
        assert found == (kind, note), (status, octets, found)
        # The time is requested again if the server is busy, but not if it does not know the time.
        assert session.asks_time == (not is_done) and session.diff_s == 50
        assert session.timed_s == (NOW_S if is_done else 0) and not session.has_changed


def test_the_requests_for_a_login_and_for_the_time():
    session = new_session(diff_s=-50)
    options = settings(endpoint="https://x.example", signing_url="https://y.example")
    request = login.request("time", options, session)
    assert (request.method, request.url) == ("GET", "https://x.example/v2/timestamp")
    assert (request.headers, request.body_size, tuple(request.body)) == ((), None, ())
    request = login.request("token", options, session)
    assert (request.method, request.url) == ("POST", "https://x.example/v2/token")
    assert (request.body_size, tuple(request.body)) == (0, ())
    ((name, header),) = request.headers
    assert name == "Authorization"
    nonce = header.split('oauth_nonce="')[1].split('"')[0]
    assert len(nonce) == 24 and all(c in "0123456789abcdef" for c in nonce)
    identity = options["device_id"], options["device_secret"]
    signed = "https://y.example/v2/token"
    unix_s = UNIX_S + NOW_S - 50
    assert header == authorization("POST", signed, *identity, nonce, unix_s)
    again = login.request("token", options, session).headers[0][1]
    assert again != header


def test_a_new_session_is_empty():
    session = here.Session()
    for name, value in (
        ("token", ""), ("shadow_result", ""), ("asked", ""), ("account", 0), ("until_s", 0),
        ("diff_s", 0), ("timed_s", 0), ("state_version", -1), ("shadow_crc", -1),
        ("stamped", (0, 0)), ("log_only", False), ("tries_log", False), ("asks_time", False),
        ("was_corrected", False), ("was_refused", False), ("had_old", False), ("had_scan", False),
        ("had_result", False), ("shadow", {}), ("apply", None), ("scan", None),
    ):  # fmt: skip
        assert getattr(session, name) == value, name


def test_a_request_is_not_before_the_last_one_unless_the_clock_was_set_back():
    for stamped, diff_s, moment in (
        ((0, 0), 0, (NOW_S, 500)), ((NOW_S, 499), 0, (NOW_S, 500)),
        ((NOW_S, 501), 0, (NOW_S, 501)), ((NOW_S + 1, 0), 0, (NOW_S + 1, 0)),
        ((NOW_S + 1, 999), 0, (NOW_S + 1, 999)), ((NOW_S + 2, 0), 0, (NOW_S, 500)),
        ((NOW_S, 501), 50, (NOW_S + 50, 500)), ((NOW_S - 49, 0), -50, (NOW_S - 49, 0)),
        ((NOW_S - 48, 0), -50, (NOW_S - 50, 500)),
    ):  # fmt: skip
        session = here.Session()
        session.now, session.stamped, session.diff_s = (NOW_S, 500), stamped, diff_s
        assert here._moment(session) == moment, (stamped, diff_s)
