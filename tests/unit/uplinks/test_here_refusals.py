"""HERE's refusals: the notes, the next attempt, and the session's state."""

from support.uplinks.here_rig import NOW_S
from support.uplinks.here_server import UNIX_S, respond
from support.uplinks.here_session import SETTINGS, judged, new_session
from wherry.sending import verdict
from wherry.uplinks.here import dialect as here


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
    (299, "check endpoint"), (300, REDIRECT), (399, REDIRECT),
    (400, "check device_id"), (401, "check device_secret, and signing_url if there is one"),
    (403, "the account lacks the right: check the device's licence in HERE's dashboard"),
    (404, "no licence for this device_id: check it"), (405, "check endpoint"),
    (412, "claim the device in HERE's dashboard; until then nothing is sent"),
    (413, "check endpoint"), (422, "check endpoint"), (204, "check endpoint"),
)  # fmt: skip
BATCH_NOTES = (
    (300, REDIRECT), (399, REDIRECT), (404, "check endpoint"),
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


def test_a_refused_token_is_discarded_and_so_is_the_next():
    for status in (401, 403):
        session = new_session(token="t")
        found = judged("", session, status, {})
        assert found == (verdict.AGAIN, "HTTP %d, token discarded" % status)
        assert session.was_refused and session.token == "" and session.has_changed
        session = new_session(token="t", was_refused=True)
        assert judged("", session, status, {})[0] == verdict.DENIED
        assert session.was_refused and session.token == "" and session.has_changed
    for status in (400, 402, 404, 412, 429, 500):
        session = new_session(token="t")
        judged("", session, status, {})
        assert session.token == "t" and not session.was_refused and not session.has_changed


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


def test_a_delivered_batch_ends_all_suspicions():
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
    # The result came after that batch was created, and is sent with the next one.
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


def test_a_session_requests_the_time_once():
    for asked, body in (("token", {"accessToken": "t", "expiresIn": 9}), ("time", {})):
        session = new_session(asked=asked)
        assert here.judge(SETTINGS, session, respond(200, body), 0)[0] == verdict.AGAIN
        assert session.asked == ""
