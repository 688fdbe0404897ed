"""SensoCan's answers at each bound: counts, readings sent alone, messages and remedies."""

from support.node.loaded import forget, is_loaded
from support.uplinks.sensocan_rig import SETTINGS
from support.uplinks.sensocan_session import answer, failed, new_session
from wherry.sending import verdict
from wherry.uplinks.sensocan import answer as answers
from wherry.uplinks.sensocan import dialect as sensocan
from wherry.uplinks.sensocan.remedies import remedy


def test_a_count_below_the_readings_sent_is_a_partial_delivery():
    for reported, sent, kind, alone in (
        (3, 3, verdict.DELIVERED, 0), (4, 3, verdict.DELIVERED, 0), (2, 3, verdict.PARTIAL, 32),
        (1, 3, verdict.PARTIAL, 32), (0, 3, verdict.UNKNOWN_CHANNEL, 0),
        (-1, 3, verdict.UNKNOWN_CHANNEL, 0), (0, 1, verdict.UNKNOWN_CHANNEL, 0),
        (99, 100, verdict.PARTIAL, 32),
    ):  # fmt: skip
        for status in (200, 201, 299):
            session = new_session()
            found = sensocan.judge(SETTINGS, session, answer(status, {"count": reported}), sent)
            note = "HTTP %d" % status
            if kind != verdict.DELIVERED:
                note = "the server stored %d of %d" % (reported, sent)
            assert found == (kind, note) and session.alone == alone, (reported, sent)
            assert session.has_changed == (alone > 0)
    for status in (199, 300):
        assert sensocan.judge(SETTINGS, new_session(), answer(status), 1)[0] != verdict.DELIVERED


def test_readings_sent_alone_are_counted_down():
    for status, content, sent, alone, left in (
        (201, {"count": 1}, 1, 32, 31), (201, "", 1, 1, 0), (201, {"count": 5}, 5, 3, 0),
        (201, {"count": 2}, 2, 3, 1), (404, "", 1, 5, 4), (201, {"count": 0}, 1, 5, 4),
        (500, "", 1, 5, 5), (429, "", 1, 5, 5), (422, "", 1, 5, 5), (401, "", 1, 5, 5),
    ):  # fmt: skip
        session = new_session()
        session.alone = alone
        sensocan.judge(SETTINGS, session, answer(status, content), sent)
        assert session.alone == left, (status, content)
        assert session.has_changed == (left != alone), (status, content)


def test_sixty_characters_of_a_sentence_and_24_of_a_field_are_reported():
    for size in (59, 60, 61):
        content = failed({"data.0.value": ["x" * size]})
        note = sensocan.judge(SETTINGS, new_session(), answer(422, content), 1)[1]
        assert note == "HTTP 422: data.0.value: " + "x" * min(size, 60)
    for size in (23, 24, 25):
        content = failed({"f" * size: ["No."]})
        note = sensocan.judge(SETTINGS, new_session(), answer(422, content), 1)[1]
        assert note == "HTTP 422: " + "f" * min(size, 24) + ": No."


def test_the_first_fault_of_a_sensor_is_reported_or_else_the_first_fault():
    for text, expected in (
        ('"errors":{"a":["A."],"b":["B."]}', ("a", "A.")),
        ('"errors":{"a":["A.","C."]}', ("a", "A.")),
        ('"errors":{"a":["A."],"x.sensor_uuid":["B.","C."]}', ("x.sensor_uuid", "B.")),
        ('"errors":{"sensor_slug":["A."],"sensor_uuid":["B."]}', ("sensor_slug", "A.")),
        ('"errors":{"my_sensor_slug":["A."],"b":["B."]}', ("my_sensor_slug", "A.")),
        ('"errors":{"a":[],"b":["B."]}', ("b", "B.")), ('"errors":["A."]', ("", "")),
        ('"errors" \t\r\n : {"a" \t\r\n : ["A."]}', ("a", "A.")),
        ('"error":{"a":["A."]}', ("", "")),
        ('"a":"b","errors":{"c":"C."}', ("c", "C.")), ('"errors":{"a":"', ("", "")),
        ('"errors":{"a":"A', ("", "")), ('"errors":{"a":"A"', ("a", "A")), ('"errors"', ("", "")),
        ('"errors":{"a\\"b":"A."}', ('a"b', "A.")), ('"errors":{"":"A.","b":"B."}', ("b", "B.")),
        ('"errors":{"a":"x\\\\"}', ("a", "x\\")), ('"errors":{"a":"\\u00e9~ \\/"}', ("a", "?~ /")),
        ('"errors":{"a":"\\tb\\n"}', ("a", "?b?")),
        ('"errors""a":"A."}', ("a", "A.")), ('"errors":{"a":"x\\"', ("", "")),
        ('"errors":{"a":"x\\', ("", "")),
    ):  # fmt: skip
        assert answers._fault(bytearray(b"{" + text.encode())) == expected, text
    for code in range(256):
        found = answers._fault(b'"errors":{"a":"x' + bytes((code,)) + b'y"}')[1]
        if code not in b'"\\':
            assert found == "x" + (chr(code) if 32 <= code < 127 else "?") + "y", code


def test_remedies_and_redirects():
    redirect = "redirects are refused; put the server's own address into endpoint"
    token = "check token against Device Details > Credentials"
    for status, words in (
        (299, "check endpoint"), (300, redirect), (399, redirect), (400, "check endpoint"),
        (401, token), (403, token), (405, "check endpoint"),
        (404, "check device_uuid, and the channel's slug or UUID in names"),
    ):  # fmt: skip
        assert remedy(status) == words, status


def test_a_pause_begins_when_at_most_two_requests_are_left():
    for left, pause_s in (
        ("000000002", 60), ("000000003", 0), ("0000000002", 0), ("2", 60), ("3", 0),
    ):  # fmt: skip
        session = new_session()
        sensocan.judge(SETTINGS, session, answer(201, {"count": 1}, left), 1)
        assert session.pause_s == pause_s, left


def test_a_plain_success_loads_nothing_to_read_it():
    for status, text, sent in ((200, "", 3), (299, "x", 1), (201, '{"count":3}', 3)):
        forget("wherry.uplinks.sensocan", "answer")
        found = sensocan.judge(SETTINGS, new_session(), answer(status, text), sent)
        assert found == (verdict.DELIVERED, "HTTP %d" % status)
        assert not is_loaded("wherry.uplinks.sensocan", "answer"), (status, text)


def test_a_new_session_is_empty():
    session = sensocan.Session()
    assert (session.alone, session.battery, session.has_no_battery) == (0, None, False)
