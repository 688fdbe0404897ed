"""SensoCan: each answer that its page documents, undocumented answers, and random answers."""

import random

from support.uplinks.sensocan_rig import AIR, SETTINGS, SensocanRig
from support.uplinks.sensocan_server import NOT_FOUND
from support.uplinks.sensocan_session import answer, failed, new_session
from wherry.sending import verdict
from wherry.sending.step import step
from wherry.uplinks.sensocan import dialect as sensocan

# (status, JSON, readings sent, verdict, part of the note)
ANSWERS = (
    (201, {"message": "Reading stored successfully.", "sensor": AIR}, 1, verdict.DELIVERED, "201"),
    (201, {"message": "Successfully stored 3 readings.", "sensor": AIR, "count": 3}, 3,
     verdict.DELIVERED, "201"),
    (201, {"message": "Successfully processed 3 readings.", "count": 3}, 3,
     verdict.DELIVERED, "201"),
    (201, {"count": 3}, 3, verdict.DELIVERED, "201"),
    # No success that SensoCan documents.
    (200, {"count": 3}, 3, verdict.RETRY, 'HTTP 200, but another API\'s object: "count"'),
    (204, "", 3, verdict.RETRY, "HTTP 204, but an empty body"),
    (201, "", 3, verdict.RETRY, "HTTP 201, but an empty body"),
    (201, "no JSON", 3, verdict.RETRY, "HTTP 201, but no JSON object"),
    (201, [3], 3, verdict.RETRY, "HTTP 201, but no JSON object"),
    (201, {"count": "2"}, 3, verdict.RETRY, "HTTP 201, but another API's object"),
    (201, {"count": 4}, 3, verdict.RETRY, "HTTP 201, but another API's object"),
    (201, {"message": "Successfully stored 4 readings.", "count": 4}, 3, verdict.DELIVERED, ""),
    (201, {"id": 7}, 1, verdict.RETRY, "HTTP 201, but another API's object"),
    (201, {"message": "Reading stored successfully.", "sensor": AIR}, 3, verdict.RETRY,
     "another API's object"),
    (201, {"message": "Created", "count": 3}, 3, verdict.RETRY, "another API's object"),
    (201, {"count": 3, "ship_id": "s", "status": "Data received and queued"}, 3, verdict.RETRY,
     "another API's object"),
    (201, {"message": "Successfully processed 3 readings.", "count": 3, "errors": {"a": 1}}, 3,
     verdict.RETRY, "an error"),
    (201, "<html><title>Sign in</title>", 3, verdict.RETRY, 'a web page: "Sign in"'),
    (404, "<title>404 Not Found</title>", 3, verdict.DENIED, "check"),
    (422, "<title>Blocked</title>", 1, verdict.RETRY, 'HTTP 422, but a web page: "Blocked"'),
    (413, "<title>Too large</title>", 3, verdict.REJECTED, "HTTP 413"),
    (413, "<title>Too large</title>", 1, verdict.RETRY, "HTTP 413"),
    (201, {"count": 2}, 3, verdict.PARTIAL, "the server stored 2 of 3"),
    # If nothing of a batch was stored, it may be sent again.
    (201, {"count": 0}, 3, verdict.UNKNOWN_CHANNEL, "the server stored 0 of 3"),
    (401, {"message": "Unauthenticated."}, 3, verdict.DENIED,
     "HTTP 401: check token against Device Details > Credentials"),
    (403, "", 3, verdict.DENIED, "check token"),
    (404, NOT_FOUND, 1, verdict.UNKNOWN_CHANNEL,
     "HTTP 404: check device_uuid, and the channel's slug"),
    (404, NOT_FOUND, 3, verdict.UNKNOWN_CHANNEL, "HTTP 404: check device_uuid"),
    (404, {"message": "Sensor not found."}, 1, verdict.UNKNOWN_CHANNEL, "check device_uuid"),
    (405, "", 3, verdict.DENIED, "check endpoint"),
    (302, "", 3, verdict.DENIED, "redirects are refused"),
    (400, "", 3, verdict.REJECTED, "HTTP 400"),
    (413, {"message": "Payload Too Large"}, 3, verdict.REJECTED, "HTTP 413"),
    (429, {"message": "Too Many Requests"}, 3, verdict.BUSY, "HTTP 429: too many requests"),
    (500, {"message": "Server Error"}, 3, verdict.RETRY, "HTTP 500"),
    (503, {"message": "Service Unavailable"}, 3, verdict.RETRY, "HTTP 503"),
)  # fmt: skip


def test_each_answer_has_its_verdict_and_note():
    for status, content, count, expected, words in ANSWERS:
        session = new_session()
        kind, note = sensocan.judge(SETTINGS, session, answer(status, content), count)
        assert kind == expected and words in note, (status, content, kind, note)
        assert not session.pause_s


LONG = "The data.0.value field has a long story " + "to tell " * 200
# (JSON, verdict, note after the status)
FAULTS = (
    (failed({"data.value": ["The sensor value is required."]}), verdict.REJECTED,
     ": data.value: The sensor value is required."),
    (failed({"data.timestamp": ["The data.timestamp field must be a valid date."]}),
     verdict.REJECTED, ": data.timestamp: The data.timestamp field must be a valid date."),
    (failed({"data.3.value": ["The data.3.value field must be a number."]}), verdict.REJECTED,
     ": data.3.value: The data.3.value field must be a number."),
    (failed({"data.1.sensor_slug": ["The selected sensor is invalid."]}), verdict.UNKNOWN_CHANNEL,
     ": data.1.sensor_slug: The selected sensor is invalid."),
    (failed({"data.99.sensor_uuid": ["Unknown."]}), verdict.UNKNOWN_CHANNEL,
     ": data.99.sensor_uuid: Unknown."),
    (failed({"data": ["The data field must be an array."]}), verdict.REJECTED,
     ": data: The data field must be an array."),
    (failed({"data.0.value": [LONG]}), verdict.REJECTED, ""),
    ('{"errors":{"data.0.value":["No."],"data.1.sensor_slug":["Unknown."]}}',
     verdict.UNKNOWN_CHANNEL,
     ": data.1.sensor_slug: Unknown."),
    ('{"errors" : {"data.0.value" : [ "A \\"slash\\\\/ and \\u00e9\\n" ]}}', verdict.REJECTED,
     ': data.0.value: A "slash\\/ and ??'),
    # Each unprintable octet is shown as a question mark.
    ('{"errors":{"data.0.value":["caf\u00e9 \x07\x7f"]}}', verdict.REJECTED,
     ": data.0.value: caf?? ??"),
    ('{"errors":{"data.0.sensor_slug":["One.","Two."],"data.1.sensor_slug":["On',
     verdict.UNKNOWN_CHANNEL,
     ": data.0.sensor_slug: One."),
    ('{"errors":{"data.0.sensor_slug":["On', verdict.REJECTED, ""),
    ('{"errors":[]}', verdict.REJECTED, ""),
    ({"message": "Validation failed."}, verdict.REJECTED, ""),
    ("", verdict.REJECTED, ""),
)  # fmt: skip


def test_the_note_of_a_422():
    for content, expected, words in FAULTS:
        kind, note = sensocan.judge(SETTINGS, new_session(), answer(422, content), 3)
        assert kind == expected and note == "HTTP 422" + words, (content, kind, note)
    every = failed({"data.%d.sensor_slug" % i: ["The selected is invalid."] for i in range(100)})
    kind, note = sensocan.judge(SETTINGS, new_session(), answer(422, every), 100)
    assert kind == verdict.UNKNOWN_CHANNEL and "sensor_slug: The selected" in note, note
    long = '{"errors":{"data.0.value":["%s"]}}' % ("x" * 500)
    assert sensocan.judge(SETTINGS, new_session(), answer(422, long), 1)[1] == (
        "HTTP 422: data.0.value: " + "x" * 60
    )


def test_after_a_partial_delivery_readings_are_sent_one_by_one_for_a_time():
    session = new_session()
    kind, _ = sensocan.judge(SETTINGS, session, answer(201, {"count": 99}), 100)
    assert kind == verdict.PARTIAL and session.has_changed
    rig = SensocanRig()
    for i in range(20):
        rig.add(3, i, i)
    rig.session.alone = session.alone
    rig.run()
    assert len(rig.server.forms) == 32 + 1 and len(rig.server.points) == 40
    assert rig.session.alone == 0 and rig.server.copies() == 0


def test_a_refused_voltage_is_left_out_and_no_reading_is_at_fault():
    rig = SensocanRig()
    rig.add(5, 1, 3712)
    reported = {"errors": {"battery_voltage": ["The battery_voltage field must be a number."]}}
    answers = [answer(422, reported)]
    assert step(rig.upload, lambda request: answers[0], -1).kind == verdict.AGAIN
    assert rig.run() == [verdict.DELIVERED, None]
    assert rig.server.voltages == [] and rig.upload.ledger.set_aside == 0
    # The voltage is blamed only once.
    assert sensocan.judge(SETTINGS, rig.session, answers[0], 2)[0] == verdict.REJECTED


def test_the_last_two_requests_of_a_minute_are_not_used():
    table = (
        ("999", 0), ("3", 0), ("2", 60), ("1", 60), ("0", 60), ("", 0), ("-1", 0),
        ("1.5", 0), ("9" * 20, 0), ("x", 0),
    )  # fmt: skip
    for left, pause_s in table:
        session = new_session()
        kind, _ = sensocan.judge(SETTINGS, session, answer(201, {"count": 3}, left), 3)
        assert (kind, session.pause_s) == (verdict.DELIVERED, pause_s), left
    for status, pause_s in ((422, 60), (404, 60), (429, 0), (401, 0), (503, 0)):
        session = new_session()
        sensocan.judge(SETTINGS, session, answer(status, "", "0"), 3)
        assert session.pause_s == pause_s, status
    rig = SensocanRig()
    rig.server.left = 4
    for i in range(1000):
        rig.add(3, i, i)
    kinds = []
    while not rig.session.pause_s:
        kinds.append(rig.step().kind)
    assert kinds == [verdict.DELIVERED] * 2 and rig.server.left == 2


PIECES = (
    '{"count":', '"errors":', "{", "}", "[", "]", '"', "\\", "\\u00", ":", ",", " ", "1", "-1",
    '"data.1.sensor_slug"', '"battery_voltage"', '"data.0.value"', '["No."]', "\x00", "\u00e9",
    "null", "true", "1e9", "9" * 40, "\\\"",
)  # fmt: skip
STATUSES = (200, 201, 204, 302, 400, 401, 404, 422, 422, 422, 429, 500)
COUNT = 1000


def test_random_answers_are_judged():
    seed = random.getrandbits(30)
    random.seed(seed)
    print(COUNT, "answers, seed", seed)
    for i in range(COUNT):
        text = "".join([random.choice(PIECES) for _ in range(random.randrange(20))])
        left = random.choice((None, "", "0", "7", "?", "1" * 40))
        reported = answer(random.choice(STATUSES), text, left)
        reported.body = reported.body[: random.choice((3, 20, 1024))]
        session = new_session()
        kind, note = sensocan.judge(SETTINGS, session, reported, random.choice((1, 2, 100)))
        place = seed, i, reported.status, bytes(reported.body), kind, note
        assert verdict.DELIVERED <= kind <= verdict.BUSY and 0 < len(note) < 110, place
        assert all(31 < ord(c) < 127 for c in note), place
        assert (kind == verdict.DELIVERED) <= (reported.status < 300), place
