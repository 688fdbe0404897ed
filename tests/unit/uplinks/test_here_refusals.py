"""HERE's refusals and their remedies, the clock's correction, the requests before a batch."""

from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.here_server import UNIX_S
from support.uplinks.here_session import judged, new_session
from wherry.sending import verdict
from wherry.uplinks.here import dialect as here
from wherry.uplinks.here import login
from wherry.uplinks.here.oauth import authorization


def test_every_second_refused_login_corrects_the_clock():
    session = new_session()
    stamp = "x-here-timestamp: %d\r\n" % (UNIX_S + NOW_S + 50)
    corrected = verdict.AGAIN, "login: HTTP 401, clock corrected by 50 s"
    in_vain = verdict.RETRY, "login: HTTP 401 though the clock agrees with the server's"
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
    (300, REDIRECT), (399, REDIRECT),
    (400, "check device_id"), (401, "check device_secret, and signing_url if there is one"),
    (403, "the account lacks the right: check the device's licence in HERE's dashboard"),
    (404, "no licence for this device_id: check it"), (405, "check endpoint"),
    (412, "claim the device in HERE's dashboard; until then nothing is sent"),
    (413, "check endpoint"), (422, "check endpoint"),
)  # fmt: skip
BATCH_NOTES = (
    (300, REDIRECT), (399, REDIRECT), (404, "check endpoint"), (405, "check endpoint"),
    (401, "a fresh token is refused: check the device in HERE's dashboard"),
    (403, "the account lacks the right: check the device's licence in HERE's dashboard"),
    (412, "claim the device in HERE's dashboard; until then nothing is sent"),
)  # fmt: skip


def test_every_denial_has_its_remedy():
    for status, remedy in LOGIN_NOTES:
        found = judged("token", new_session(), status, {})
        assert found == (verdict.DENIED, "login: HTTP %d: %s" % (status, remedy)), found
    for status, remedy in BATCH_NOTES:
        found = judged("", new_session(was_refused=True), status, {})
        assert found == (verdict.DENIED, "HTTP %d: %s" % (status, remedy)), found


# The content of a refused batch, the age of the server's time, and what the next attempt changes.
REFUSALS = (
    # had_scan, had_old, log_only, tries_log, age in s -> trying another form, asks_time, tries_log
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


def test_a_refused_batch_is_sent_again_without_suspect_parts():
    for scan, old, log_only, tries_log, age_s, otherwise, asks_time, tries in REFUSALS:
        session = new_session(had_scan=scan, had_old=old, log_only=log_only, tries_log=tries_log)
        session.timed_s = NOW_S - age_s
        case = scan, old, log_only, tries_log, age_s
        expected = (verdict.AGAIN, "HTTP 400, trying another form")
        if not otherwise:
            expected = (verdict.REJECTED, "HTTP 400")
        assert judged("", session, 400, {}) == expected, case
        assert (session.asks_time, session.tries_log) == (asks_time, tries), case
        # Old rows are suspected only once, and only after the other reasons.
        is_tried = old and not scan and not asks_time
        assert not session.had_scan and session.had_old == (old and not is_tried), case
        assert session.log_only == log_only


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
