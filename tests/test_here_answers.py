"""HERE's answers at their bounds: tokens, times and refusals, with all that a session keeps."""

from here_rig import NOW_S, settings
from here_server import UNIX_S, respond
from wherry import DATE_S
from wherry.sending import verdict
from wherry.uplinks.here import answer, login
from wherry.uplinks.here import dialect as here
from wherry.uplinks.here.oauth import authorization

SETTINGS = settings()
ACCOUNT = 7


def new_session(**fields):
    session = here.Session()
    session.now = NOW_S, 0
    for name, value in fields.items():
        setattr(session, name, value)
    return session


def judged(asked, session, status, body=None, headers="", octets=None):
    response = respond(status, body, headers, octets)
    return answer.judge(asked, SETTINGS, session, response, ACCOUNT)


def logged_in(token, expires_s):
    """Return the session after a login that was answered so, None where it holds no token."""
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


def test_a_token_has_1_to_1024_characters_that_print():
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


def test_another_device_forgets_what_was_learned_and_the_same_one_keeps_it():
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


# Seconds since 1970 and whether a server's clock can show them: from the day of this version on
# up to where seconds since 2000 are no small integers on the chip.
TIMES = (
    (UNIX_S + DATE_S - 1, False), (UNIX_S + DATE_S, True), (UNIX_S + NOW_S, True),
    (UNIX_S + (1 << 30) - 1, True), (UNIX_S + (1 << 30), False), (0, False), (-1, False),
    (NOW_S, False), (10**11, False),
)  # fmt: skip


def test_a_servers_time_is_one_that_can_be_now():
    for unix_s, is_taken in TIMES:
        expected = unix_s - UNIX_S if is_taken else None
        assert answer._seconds(unix_s) == expected, unix_s
        assert answer._seconds("%d" % unix_s) == expected, unix_s
    # At most eleven digits.
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
            note = "time: the server's less ours is %d s" % diff_s
            assert found == (verdict.AGAIN, note), off_s
            assert (session.diff_s, session.timed_s) == (diff_s, NOW_S)
            assert session.has_changed == (diff_s != before) and not session.asks_time, off_s


def test_an_answer_without_a_time_leaves_the_clock():
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
        # A server that is busy is asked again, one that does not know is not.
        assert session.asks_time == (not is_done) and session.diff_s == 50
        assert session.timed_s == (NOW_S if is_done else 0) and not session.has_changed


def test_a_refused_login_corrects_the_clock_every_other_time():
    session = new_session()
    stamp = "x-here-timestamp: %d\r\n" % (UNIX_S + NOW_S + 50)
    corrected = verdict.AGAIN, "login: HTTP 401, the clock is corrected by 50 s"
    in_vain = verdict.RETRY, "login: HTTP 401 though the clock is the server's"
    for expected in (corrected, in_vain, corrected, in_vain):
        assert judged("token", session, 401, {}, stamp) == expected
        assert session.was_corrected == (expected is corrected)
        assert (session.diff_s, session.timed_s) == (50, NOW_S)
    session = new_session()
    for status in (400, 403, 404):
        assert judged("token", session, status, {}, stamp)[0] == verdict.DENIED
        assert (session.diff_s, session.timed_s, session.was_corrected) == (0, 0, False)


REDIRECT = "redirects are refused; put the server's own address into endpoint"
LOGIN_NOTES = (
    (299, "check endpoint"), (300, REDIRECT), (399, REDIRECT),
    (400, "check device_id"), (401, "check device_secret, and signing_url if there is one"),
    (403, "the account may not: look at the device's licence in HERE's dashboard"),
    (404, "no licence for this device_id: check it"), (405, "check endpoint"),
    (412, "claim the device in HERE's dashboard; until then nothing is sent"),
    (413, "check endpoint"), (422, "check endpoint"), (204, "check endpoint"),
)  # fmt: skip
BATCH_NOTES = (
    (300, REDIRECT), (399, REDIRECT), (404, "check endpoint"),
    (401, "a fresh token is refused: check the device in HERE's dashboard"),
    (403, "the account may not: look at the device's licence in HERE's dashboard"),
    (412, "claim the device in HERE's dashboard; until then nothing is sent"),
)  # fmt: skip


def test_every_denial_has_its_remedy():
    for status, remedy in LOGIN_NOTES:
        found = judged("token", new_session(), status, {})
        assert found == (verdict.DENIED, "login: HTTP %d: %s" % (status, remedy)), found
    for status, remedy in BATCH_NOTES:
        found = judged("", new_session(was_refused=True), status, {})
        assert found == (verdict.DENIED, "HTTP %d: %s" % (status, remedy)), found


def test_a_refused_token_is_thrown_away_and_a_second_one_with_it():
    for status in (401, 403):
        session = new_session(token="t")
        found = judged("", session, status, {})
        assert found == (verdict.AGAIN, "HTTP %d, the token is thrown away" % status)
        assert session.was_refused and session.token == "" and session.has_changed
        session = new_session(token="t", was_refused=True)
        assert judged("", session, status, {})[0] == verdict.DENIED
        assert session.was_refused and session.token == "" and session.has_changed
    for status in (400, 402, 404, 412, 429, 500):
        session = new_session(token="t")
        judged("", session, status, {})
        assert session.token == "t" and not session.was_refused and not session.has_changed


# What a refused batch had and when the time was last asked; what of it is left for the next try.
REFUSALS = (
    # had_scan, had_old, log_only, tries_log, age of the time: otherwise, asks_time, tries_log
    (False, False, False, False, 599, False, False, False),
    (False, False, False, False, -599, False, False, False),
    (False, False, False, False, 600, True, True, False),
    (False, False, False, False, -600, True, True, False),
    (False, True, False, False, 600, True, True, False),
    (True, False, False, False, 0, True, False, False),
    (True, True, False, False, 0, True, False, False),
    (True, True, False, False, 600, True, True, False),
    (False, True, False, False, 0, True, False, True),
    (False, True, True, False, 0, False, False, False),
    (False, True, False, True, 0, False, False, False),
    (False, False, False, True, 0, False, False, False),
    (False, False, False, True, 600, True, True, True),
)


def test_a_refused_batch_goes_again_without_what_may_be_at_fault():
    for scan, old, log_only, tries_log, age_s, otherwise, asks_time, tries in REFUSALS:
        session = new_session(had_scan=scan, had_old=old, log_only=log_only, tries_log=tries_log)
        session.timed_s = NOW_S - age_s
        case = scan, old, log_only, tries_log, age_s
        expected = (verdict.AGAIN, "HTTP 400, tried otherwise")
        if not otherwise:
            expected = (verdict.REJECTED, "HTTP 400")
        assert judged("", session, 400, {}) == expected, case
        assert (session.asks_time, session.tries_log) == (asks_time, tries), case
        # Old rows are a reason once, and only after the others.
        is_tried = old and not scan and not asks_time
        assert not session.had_scan and session.had_old == (old and not is_tried), case
        assert session.log_only == log_only


def test_a_batch_that_is_taken_settles_what_was_in_doubt():
    for status in (200, 204, 299):
        session = new_session(
            was_refused=True, had_scan=True, had_old=True, asks_time=True, tries_log=True,
            had_result=True, shadow_result="applied", shadow_crc=5,
        )  # fmt: skip
        found = here.judge(SETTINGS, session, respond(status, None, body=b""), 1)
        assert found == (verdict.DELIVERED, "HTTP %d" % status)
        doubts = session.was_refused, session.had_scan, session.had_old, session.asks_time
        assert doubts == (False,) * 4 and session.has_changed
        assert (session.log_only, session.tries_log) == (True, False)
        assert (session.shadow_result, session.had_result, session.shadow_crc) == ("", False, 5)
    session = new_session(shadow_result="applied")
    here.judge(SETTINGS, session, respond(200, None, body=b""), 1)
    # It came after that batch was made, and goes with the next one.
    assert session.shadow_result == "applied" and not session.has_changed
    assert not session.log_only
    session = new_session(had_result=True)
    here.judge(SETTINGS, session, respond(200, None, body=b""), 1)
    assert not session.has_changed and not session.had_result
    for status in (199, 300):
        session = new_session(tries_log=True, asked="")
        response = respond(200, None, body=b"")
        response.status = status
        assert here.judge(SETTINGS, session, response, 1)[0] != verdict.DELIVERED, status
        assert not session.log_only


def test_a_session_asks_once():
    for asked, body in (("token", {"accessToken": "t", "expiresIn": 9}), ("time", {})):
        session = new_session(asked=asked)
        assert here.judge(SETTINGS, session, respond(200, body), 0)[0] == verdict.AGAIN
        assert session.asked == ""


def test_login_and_time_as_requests():
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
