"""Harbor's answers: every row of both versions' tables, recorded answers, and their effects."""

import json

from support.data import DATA
from support.uplinks.answer import Answer
from support.uplinks.harbor_rig import HarborRig, settings_of
from support.uplinks.harbor_server import respond
from wherry.sending import verdict
from wherry.sending.step import step
from wherry.uplinks.harbor import dialect as harbor

# `gzip` of a success with two readings, without its first two bytes.
GZIP_OF_OWN = (
    "0800000000000203ab564ace2fcd2b51b232d2512acec82c88cf4c51b202b25253948002258925a5"
    "c540be4b6249a242516a726a66596a8a42625e8a4261696a29504d2d00c575d83c40000000"
)
# The address as the older page prints it.
OLD = "http://telemetryharbor.com/api/v1/ingest/ingest/1042"
DENIED_BOTH = ((401, "check api_key"), (403, "check api_key"))
# (status, body, readings sent, verdict, note)
ANSWERS = (
    (200, '{"count":1,"ship_id":"shed","status":"Data received and queued"}', 1, 0, "HTTP 200"),
    (202, '{"count":2,"ship_id":"shed","status":"Data received and queued"}', 2, 0, "HTTP 202"),
    (202, "", 2, 0, "HTTP 202"),
    (200, "", 1, 0, "HTTP 200"),
    (200, '{"cargo_id":"temp","ship_id":"s1","status":"Data received and queued"}', 1, 0,
     "HTTP 200"),
    (200, '{"count":2,"status":"Batch data received and queued"}', 2, 0, "HTTP 200"),
    (200, '{"count":1,"ship_id":"shed"}', 2, 2, "the server took 1 of 2"),
    (202, '{"status":"Data received and queued", "count": 0}', 2, 2, "the server took 0 of 2"),
    (200, '{"ship_id":"count","count":1}', 2, 2, "the server took 1 of 2"),
    (200, '{"ship_id":"\\"count\\":0","count":2}', 2, 0, "HTTP 200"),
    (202, '{"status":"Batch received and queued"}', 2, 0, "HTTP 202"),
    (200, '{"status":"Data received and queued","count":2,"id":7}', 2, 0, "HTTP 200"),
    (200, '{"count" : 20}', 20, 0, "HTTP 200"),
    (200, '{"count":19}', 20, 2, "the server took 19 of 20"),
    (400, '{"message":"Batch Processing Error"}', 2, 2, "HTTP 400"),
    (400, '{"status_code":400,"message":"Validation Error"}', 2, 2, "HTTP 400"),
    (413, '{"status_code":413,"message":"Request Entity Too Large"}', 2, 2, "HTTP 413"),
    (422, '{"message":"Validation Error"}', 2, 2, "HTTP 422"),
    (401, '{"message":"Invalid API key"}', 2, 3, "HTTP 401: check api_key"),
    (403, '{"message":"API key is missing"}', 2, 3, "HTTP 403: check api_key"),
    (404, '{"message":"Internal Server Error","details":"Cannot POST /nope"}', 2, 3,
     "HTTP 404: no such harbor: check endpoint or harbor_id, and whether it is offline"),
    (405, "", 2, 3, "HTTP 405: that address accepts no readings: check endpoint"),
    (410, "", 2, 3, "HTTP 410: check endpoint, and the harbor in its dashboard"),
    (301, "", 2, 3,
     "HTTP 301: redirects are refused; put the server's own address into endpoint"),
    (308, "", 2, 3,
     "HTTP 308: redirects are refused; put the server's own address into endpoint"),
    (408, "", 2, 1, "HTTP 408"),
    (429, '{"message":"Too Many Requests"}', 2, 7, "HTTP 429"),
    (500, '{"message":"Internal Server Error"}', 2, 1, "HTTP 500"),
    (503, "", 2, 1, "HTTP 503"),
)  # fmt: skip


def test_every_answer_has_its_documented_verdict():
    settings = settings_of(harbor_id=1042)
    for status, body, count, kind, note in ANSWERS:
        found = harbor.judge(settings, {}, Answer(status, body), count)
        assert found == (kind, note), (status, body, found)


# Successes by their status, of something that is not Harbor: (content type, body, words).
FOREIGN = (
    ("text/html", "<html><head><title>Hotel Wi-Fi: sign in</title>",
     'a web page: "Hotel Wi-Fi: sign in"'),
    ("text/html; charset=utf-8", "", "a web page"),
    ("TEXT/HTML", "Please wait", "a web page"),
    ("", "\n <!DOCTYPE html><HTML><TITLE lang=en>\n  Parked \"domain\"\t\u2013 buy\n</TITLE>",
     "a web page: \"Parked 'domain' ? buy\""),
    ("application/xml", "<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>",
     "a web page"),
    ("", "<title>" + "long " * 40, 'a web page: "long long long long long long long long"'),
    ("application/json", '{"status":"error","message":"quota exceeded"}',
     'an error: "quota exceeded"'),
    ("application/json", '{"status":"error","count":2}', "an error"),
    ("application/json", '{"count":2,"ship_id":"s","status":"Data received and queued",'
     '"error":"only 1 stored"}', 'an error: "only 1 stored"'),
    ("application/json", '{"count":2,"error":{"message":"no"},"status":"received and queued"}',
     'an error: "no"'),
    ("application/json", '{"success":false,"detail":"off"}', 'an error: "off"'),
    ("application/json", '{"code":401,"msg":"token"}', 'an error: "token"'),
    ("application/json", '{"errors":[{"message":"x"}],"data":null}', "an error"),
    ("application/json", '{"status":"healthy"}', 'another API\'s object: "status"'),
    ("application/json", '{"success":true}', 'another API\'s object: "success"'),
    ("application/json", "{}", "another API's object"),
    ("application/json", '{"count":2,"next":null,"results":[{},{}]}',
     'another API\'s object: "count, next, results"'),
    ("application/json", '{"count":3}', 'another API\'s object: "count"'),
    ("application/json", '{"count":"2"}', 'another API\'s object: "count"'),
    ("application/json", '{"count":true}', 'another API\'s object: "count"'),
    ("application/json", '{"message":"Successfully processed 2 readings.","count":2}',
     'another API\'s object: "count, message"'),
    ("application/json", '{"count":2,"ship_id":"shed","sta', "no JSON object"),
    ("application/json", "[2]", "no JSON object"),
    ("application/json", '{2:"count"}', "no JSON object"),
    ("text/plain", "OK", "no JSON object"),
    ("text/plain", "Data received and queued", "no JSON object"),
)  # fmt: skip


def test_a_success_of_another_server_is_no_success():
    settings = settings_of(harbor_id=1042)
    for kind, body, words in FOREIGN:
        for status in (200, 202):
            response = Answer(status, body, {"content-type": kind} if kind else {})
            found = harbor.judge(settings, {}, response, 2)
            assert found == (verdict.RETRY, "HTTP %d, but %s" % (status, words)), (body, found)
    own = '{"count":2,"ship_id":"shed","status":"Data received and queued"}'
    for status, body, words in (
        (204, "", "an empty body"), (201, own, 'another API\'s object: "count, ship_id, status"'),
        (206, "", "an empty body"),
    ):  # fmt: skip
        found = harbor.judge(settings, {}, Answer(status, body), 2)
        assert found == (verdict.RETRY, "HTTP %d, but %s" % (status, words)), (status, found)


def test_a_portals_page_is_no_doubt_of_gzip_but_a_proxys_refusal_is():
    page = "<html><title>Sign in</title>"
    for status, kind in ((200, verdict.RETRY), (400, verdict.AGAIN), (415, verdict.AGAIN)):
        settings = dict(settings_of(harbor_id=1042), packed=1, gzip=True)
        assert harbor.judge(settings, {}, Answer(status, page), 2)[0] == kind, status
        assert settings["gzip"] == (None if kind == verdict.AGAIN else True), status


def test_a_web_page_refuses_no_reading():
    settings = settings_of(harbor_id=1042)
    page = "<html><title>400 Bad Request</title>"
    words = 'HTTP %d, but a web page: "400 Bad Request"'
    for status, count, kind in (
        (400, 2, verdict.RETRY), (422, 1, verdict.RETRY), (413, 2, verdict.RETRY),
        # A proxy may have a limit for the size.
        (413, 3, verdict.REJECTED),
    ):  # fmt: skip
        found = harbor.judge(settings, {}, Answer(status, page), count)
        expected = words % status if kind == verdict.RETRY else "HTTP %d" % status
        assert found == (kind, expected), (status, found)
    rig = HarborRig(3)
    take = rig.server._take
    rig.server._take = lambda items: (400, page)
    assert set(rig.run(9)) == {verdict.RETRY} and rig.ledger.settled() == 0
    rig.server._take = take
    rig.run()
    assert rig.ledger.delivered == 6 and rig.ledger.set_aside == 0


def test_a_compressed_answer_is_unpacked():
    body = b"\x1f\x8b" + bytes.fromhex(GZIP_OF_OWN)
    settings = settings_of(harbor_id=1042)
    assert harbor.judge(settings, {}, Answer(200, body), 2) == (verdict.DELIVERED, "HTTP 200")
    for wrong in (body[:30], body[:2], body[:20] + b"\xff" + body[21:]):
        kind, note = harbor.judge(settings, {}, Answer(200, wrong), 2)
        assert kind == verdict.RETRY and note.startswith("HTTP 200, but "), (wrong, note)


def test_a_redirect_from_a_printed_http_address_suggests_https():
    plain = settings_of(endpoint=OLD, allow_plain_http=True)
    secure = settings_of(harbor_id=1042)
    moved = Answer(301, "", {"location": "https://telemetryharbor.com/api/v1"})
    to_https = "HTTP 301: redirects are refused; write https:// in endpoint"
    elsewhere = "HTTP 301: redirects are refused; put the server's own address into endpoint"
    assert harbor.judge(plain, {}, moved, 1) == (verdict.DENIED, to_https)
    assert harbor.judge(secure, {}, moved, 1) == (verdict.DENIED, elsewhere)
    assert harbor.judge(plain, {}, Answer(301, ""), 1) == (verdict.DENIED, elsewhere)


BY_STATUS = {
    200: verdict.DELIVERED, 204: verdict.RETRY, 400: verdict.REJECTED, 401: verdict.DENIED,
    403: verdict.DENIED, 404: verdict.DENIED, 405: verdict.DENIED, 500: verdict.RETRY,
}  # fmt: skip


def test_the_recorded_answers_of_both_versions_are_judged_correctly():
    with open(DATA + "harbor_oss_recorded.json") as file:
        recorded = json.load(file)
    settings = settings_of(harbor_id=1042)
    short = others = 0
    for case in recorded["cases"] + recorded["oss_only"] + recorded["v1"]:
        name, sent, status, body = case[0], case[4], case[5], case[6]
        count = len(sent) if type(sent) is list else 1
        response = respond(status, body)
        kind, _ = harbor.judge(settings, {}, response, count)
        if type(body) is dict and body.get("count", count) < count:
            short += 1
            assert kind == verdict.REJECTED, name
        elif case[2] != "/healthz" and not case[2].endswith("/ttn"):
            assert kind == BY_STATUS[status], (name, kind)
        elif status == 200:
            # The server's health and the webhook's answers: no point of a node is stored.
            others += 1
            assert kind == verdict.RETRY, name
    assert (short, others) == (1, 4) and len(recorded["v1"]) == 16


def test_a_plans_limit_is_learned_from_both_forms_of_the_refusal():
    for body in ({"message": "too many"}, {"status_code": 400, "message": "Validation Error"}):
        rig = HarborRig(60)
        take = rig.server._take

        def limited(items, take=take, body=body):
            return (400, body) if len(items) > 5 else take(items)

        rig.server._take = limited
        rig.run()
        assert len(rig.server.points) == 120 and rig.ledger.set_aside == 0
        assert 2 <= rig.upload.ledger.count_limit <= 5
        before = rig.server.requests
        rig.add(5)
        rig.run()
        assert rig.server.requests - before <= 6


def test_a_key_that_is_denied_keeps_every_reading():
    for status, words in DENIED_BOTH:
        for mode in ("single", "batch"):
            rig = HarborRig(3, mode=mode)
            rig.server.statuses = [status]
            outcome = step(rig.upload, rig.exchange, -1)
            kind, note = outcome.kind, outcome.note
            assert kind == verdict.DENIED and note.endswith(words), note
            assert rig.ledger.settled() == 0
            rig.run()
            assert rig.ledger.delivered == 6 and rig.ledger.set_aside == 0
