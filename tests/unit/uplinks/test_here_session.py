"""HERE's uplink: login, token, the server's time, and verdicts on answers."""

import json

from support.uplinks.here_rig import NOW_S, HereRig, settings
from support.uplinks.here_server import DEVICE, SIGNED, UNIX_S
from wherry import small_file
from wherry.sending import verdict
from wherry.uplinks.here import dialect as here

# Answers to a login: (status, body, headers), verdict, part of the note.
LOGINS = (
    (200, {"accessToken": "x" * 1025, "expiresIn": 9}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "", "expiresIn": 9}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a b", "expiresIn": 9}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a", "expiresIn": "9"}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a", "expiresIn": 0}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a"}, "", verdict.RETRY, "without a token"),
    (204, {}, "", verdict.RETRY, "login: HTTP 204, but an empty body"),
    (299, {"id": 7}, "", verdict.RETRY, "login: HTTP 299, but another API's object"),
    (200, [], "", verdict.RETRY, "login: HTTP 200, but no JSON object"),
    (200, {"accessToken": "x" * 1024, "expiresIn": 9}, "", verdict.AGAIN, "HTTP 200"),
    (401, {}, "", verdict.DENIED, "check device_secret"),
    (401, {}, "x-here-timestamp: soon\r\n", verdict.DENIED, "check device_secret"),
    (401, {}, "x-here-timestamp: 17\r\n", verdict.DENIED, "check device_secret"),
    (429, {}, "Retry-After: 33\r\n", verdict.BUSY, "HTTP 429"),
    (500, {}, "", verdict.RETRY, "HTTP 500"),
    (503, {}, "", verdict.RETRY, "HTTP 503"),
)


def test_answers_to_a_login():
    for status, body, headers, kind, words in LOGINS:
        rig = HereRig()
        rig.add_old(3)
        rig.server.answers = [(status, body, headers)]
        found = rig.step()
        assert found.kind == kind and words in found.note, (status, found.note)
        assert found.retry_s == (33 if status == 429 else 0)
        assert rig.server.paths == ["POST /v2/token"]
        assert bool(rig.session.token) == (kind == verdict.AGAIN)
        assert rig.upload.ledger.settled() == 0
        if kind == verdict.BUSY:
            assert rig.run()[-1] is None and rig.sent() == 9, status


def test_failed_logins_accuse_no_reading():
    rig = HereRig()
    rig.add_old(3)
    rig.upload.count_max = 1
    rig.server.answers = [(500, {}, "")] * 4
    assert [rig.step().kind for _ in range(4)] == [verdict.RETRY] * 4
    assert rig.upload.trouble is None
    # A reading that failed three times is accused, and the token expires before it is sent again.
    rig.step()
    rig.server.answers = [(500, {}, "")] * 3
    for _ in range(4):
        rig.step()
    assert rig.upload.trouble.accused
    rig.session.token = ""
    rig.server.answers = [(500, {}, "")] * 4
    assert [rig.step().kind for _ in range(4)] == [verdict.RETRY] * 4
    assert rig.upload.trouble.accused and not rig.upload.ledger.set_aside


# Answers to a batch, then the verdicts of the following steps.
BATCHES = (
    (200, [verdict.DELIVERED]), (204, [verdict.DELIVERED]),
    # HERE documents no other success.
    (202, [verdict.RETRY]), (201, [verdict.RETRY]), (206, [verdict.RETRY]),
    (413, [verdict.REJECTED, verdict.DELIVERED]),
    (404, [verdict.DENIED]), (405, [verdict.DENIED]), (412, [verdict.DENIED]),
    (302, [verdict.DENIED]),
    (429, [verdict.BUSY]), (500, [verdict.RETRY]), (503, [verdict.RETRY]),
    (400, [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED]),
    (401, [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED]),
    (403, [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED]),
)  # fmt: skip


def test_answers_to_a_batch():
    for status, kinds in BATCHES:
        rig = HereRig()
        rig.add_old(3)
        rig.step()
        rig.server.answers = [(status, {}, "")]
        for kind in kinds:
            found = rig.step()
            assert found.kind == kind, (status, kind, found.note)
        rig.run()
        assert rig.upload.ledger.delivered == 9 and rig.upload.ledger.set_aside == 0, status


def test_a_token_refused_twice_in_a_row_stops():
    for status in (401, 403):
        rig = HereRig()
        rig.add_old(3)
        rig.step()
        rig.server.answers = [(status, {}, "")]
        assert rig.step().kind == verdict.AGAIN and not rig.session.token
        assert rig.step().kind == verdict.AGAIN and rig.server.paths == ["POST /v2/token"]
        rig.server.answers = [(status, {}, "")]
        found = rig.step()
        assert found.kind == verdict.DENIED and "HERE's dashboard" in found.note, found.note
        # The next upload tries one new token.
        assert rig.run() == [verdict.AGAIN, verdict.DELIVERED, None] and rig.sent() == 9


def test_a_token_is_renewed_before_it_expires():
    for expires_s, last_s in ((86_399, 85_799), (700, 350), (10, 5), (10**9, 604_200)):
        rig = HereRig()
        rig.server.expires_s = expires_s
        rig.add(1, [1, 2, 3])
        rig.run()
        kept = json.loads(small_file.read(rig.root + "/sessions/here"))
        assert set(kept) >= {"token", "until_s"} and set(kept) <= set(here.Session.KEPT)
        for later_s, logins in ((last_s - 1, 1), (last_s, 2)):
            again = HereRig()
            again.server = rig.server
            for name in kept:
                setattr(again.session, name, kept[name])
            again.now_s = rig.server.now_s = NOW_S + later_s
            again.add(1, [1, 2, 3])
            again.run()
            assert rig.server.logins == logins, (expires_s, later_s)


def test_another_device_gets_a_separate_token():
    rig = HereRig()
    rig.add(1, [1, 2, 3])
    rig.run()
    rig.session.shadow = {"send_every_ms": 60_000}
    rig.session.state_version = 7
    rig.run()
    rig.upload.settings["device_id"] = DEVICE.upper()
    rig.add(1, [1, 2, 3], 300)
    rig.server.answers = [(200, {"accessToken": "other", "expiresIn": 900}, "")]
    assert rig.step().kind == verdict.AGAIN and rig.server.paths == ["POST /v2/token"]
    assert rig.session.token == "other" and rig.session.shadow == {}
    assert rig.session.state_version == -1


def test_a_clock_that_was_set_back_gets_a_new_token():
    rig = HereRig()
    rig.add(1, [1, 2, 3])
    rig.run()
    rig.now_s = rig.server.now_s = NOW_S - 700_000
    rig.add(1, [1, 2, 3])
    rig.run()
    assert rig.server.logins == 2 and rig.sent() == 6


def test_the_servers_time_corrects_the_clock_once():
    for off_s in (-40_000, -11, 11, 3600):
        rig = HereRig(off_s=off_s)
        rig.add_old(2)
        rig.add(1, [1, 2, 3])
        kinds = rig.run()
        assert kinds == [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED, None], (off_s, kinds)
        assert rig.session.diff_s == off_s and rig.sent() == 9
        # A reading keeps its own stamp even if the node's clock is wrong.
        assert ((NOW_S - 1 + UNIX_S) * 1000 + 250, "temperature") in rig.server.points
    rig = HereRig(off_s=50)
    rig.add_old(1)
    more = "x-here-timestamp: %d\r\n" % (NOW_S + 50 + UNIX_S)
    rig.server.answers = [(401, {}, more), (401, {}, more)]
    assert rig.step().kind == verdict.AGAIN
    found = rig.step()
    assert found.kind == verdict.RETRY and "clock" in found.note, found.note


def test_late_items_request_the_time():
    rig = HereRig()
    rig.add_old(2)
    rig.step()
    rig.server.now_s += 30
    assert rig.run() == [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED, None]
    assert rig.session.diff_s == 30 and not rig.session.asks_time
    rig.server.now_s -= 29
    rig.now_s += 601
    rig.server.now_s += 601
    rig.add(1, [1, 2, 3])
    assert rig.run() == [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED, None]
    assert rig.session.diff_s == 0, "a second is the network's"


def test_batches_are_sent_without_a_server_time():
    for status, body, kind in (
        (404, {}, verdict.AGAIN), (200, [], verdict.AGAIN), (200, {"timestamp": 5}, verdict.AGAIN),
        (200, {"timestamp": 1e9}, verdict.AGAIN), (200, {"timestamp": "x"}, verdict.AGAIN),
        (429, {}, verdict.BUSY), (500, {}, verdict.RETRY),
    ):  # fmt: skip
        rig = HereRig()
        rig.add_old(1)
        rig.step()
        rig.server.answers = [(400, {}, ""), (status, body, "")]
        rig.step()
        found = rig.step()
        assert found.kind == kind and rig.server.paths == ["GET /v2/timestamp"], status
        assert rig.session.diff_s == 0


def test_nothing_to_send_needs_no_login():
    rig = HereRig()
    assert rig.run() == [None] and rig.server.paths == []


def test_the_signed_address_may_differ_from_the_requested_one():
    rig = HereRig(endpoint="http://127.0.0.1:18090", allow_plain_http=True, signing_url=SIGNED)
    rig.add_old(1)
    assert rig.run() == [verdict.AGAIN, verdict.DELIVERED, None]


def test_secrets_stay_out_of_notes():
    rig = HereRig(device_secret="hush-hush")
    rig.add_old(1)
    note = rig.step().note
    assert "hush" not in note and DEVICE not in note, note


def test_the_addresses_that_the_vendor_prints_are_accepted():
    for given, expected in (
        ("https://tracking.api.here.com", "https://tracking.api.here.com"),
        ("https://tracking.api.here.com/v2/", "https://tracking.api.here.com"),
        ("https://tracking.hereapi.com/", "https://tracking.hereapi.com"),
        ("https://cit.tracking.api.here.com/v2/token", "https://cit.tracking.api.here.com"),
        ("https://tracking.api.here.com/v2/timestamp", "https://tracking.api.here.com"),
    ):
        options = settings(endpoint=given)
        assert options["endpoint"] == options["signing_url"] == expected, given
