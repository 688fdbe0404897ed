"""SensoCan's requests and options at each bound: forms, sizes, voltages, identifiers."""

import json

from support.uplinks.sensocan_rig import AIR, CHANNELS, RAIN, SETTINGS, SensocanRig, settled
from support.uplinks.sensocan_session import new_session
from wherry.uplinks.sensocan import options, request
from wherry.uplinks.uuid import is_uuid

STAMP = "2026-11-14T19:33:20Z"
LARGEST = "-1073741823."
VOLTS = ("battery_voltage", "V", 3)
LIMITS = 100, 24_000


def text_size(name, value, form="batch", ms=""):
    """Return the size of one reading in bytes, with the comma after it."""
    key = '"sensor_%s":"%s",' % ("uuid" if is_uuid(name) else "slug", name)
    shape = '{%s"value":%s,"timestamp":"%s%s"},'
    return len(shape % (key if form == "batch" else "", value, STAMP, ms))


def measured(rig, learned=0, waiting=0, settings=SETTINGS):
    """Return (path, size, largest, battery) of the batch's request, and its count."""
    rig.upload.batch.learned_max, rig.upload.batch.waiting = learned, waiting
    return request.measure(settings, rig.session, rig.upload.batch, LIMITS)


def rig_of(channels, *rows):
    rig = SensocanRig(channels)
    for mask, values in rows:
        rig.add(mask, *values)
    return rig


def test_a_body_has_room_for_readings_like_the_first_rows():
    slug = ("rh", "%", 1)
    one, two = text_size("rh", "0.5"), text_size("humidity_sensor", "7.0")
    two_large = text_size("humidity_sensor", LARGEST, ms=".000")
    for channels, mask, values, learned, waiting, size in (
        ((slug,), 1, [5], 0, 1, 0), ((slug,), 1, [5], 0, 2, one + 2),
        ((slug,), 1, [5], 0, 99, 98 * (one + 2)), ((slug,), 1, [5], 0, 0, 99 * (one + 2)),
        ((slug,), 1, [5], 0, 101, 99 * (one + 2)), ((slug,), 1, [5], 0, 100, 99 * (one + 2)),
        ((slug,), 1, [5], 100, 101, 99 * (one + 2)), ((slug, CHANNELS[1]), 3, [5, 70], 0, 2,
                                                      (one + two) // 2 + 2),
        ((slug, CHANNELS[1]), 3, [5, 70], 99, 200, 98 * two_large),
        ((slug, CHANNELS[1]), 3, [5, 70], 2, 200, two_large),
        ((slug, CHANNELS[1]), 3, [5, 70], 1, 200, 0),
        ((slug, CHANNELS[1]), 3, [5, 70], 5, 3, 2 * two_large),
    ):  # fmt: skip
        rig = rig_of(channels, (mask, values))
        largest = text_size(channels[-1][0], LARGEST, ms=".000")
        found = measured(rig, learned, waiting)
        case = channels, learned, waiting, found
        assert found == ("/readings", 11 + largest + size, largest, None), case


def test_a_body_has_at_most_24011_bytes():
    name = "s" * 100
    for learned, count in ((99, 99), (98, 98), (0, 100), (1, 1)):
        rig = rig_of(((name, "", 0),), (1, [5]))
        largest = text_size(name, LARGEST, ms=".000")
        mean = largest if learned else text_size(name, "5") + 2
        size = 11 + min(24_000, largest + (count - 1) * mean)
        assert measured(rig, learned)[1] == size, learned
        rig.upload.batch.learned_max = learned
        assert rig.request()[0].body_size == size and rig.upload.batch.count_max == count
    many = [("%03d" % i + "é" * 96, "", 0) for i in range(20)]
    rig = rig_of(many, *[((1 << 20) - 1, [5] * 20)] * 9)
    rig.upload.batch.learned_max = 99
    assert rig.request()[0].body_size == 24_011 and rig.upload.batch.count_max == 99


def test_a_doubted_session_sends_readings_one_by_one():
    for alone, learned, waiting, count_max in (
        (0, 0, 0, 100), (1, 0, 0, 1), (32, 0, 9, 1), (1, 50, 9, 1), (0, 1, 9, 1), (0, 7, 9, 7),
        (0, 9, 7, 7), (0, 0, 1, 1), (0, 200, 0, 100),
    ):  # fmt: skip
        rig = rig_of(CHANNELS, *[(2, [5])] * 3)
        rig.session.alone = alone
        measured(rig, learned, waiting)
        assert rig.upload.batch.count_max == count_max, (alone, learned, waiting)


def test_the_form_of_a_request_depends_on_its_readings():
    single, bulk = "/sensors/%s/readings", "/sensors/%s/readings/bulk"
    for masks, path, count in (
        ((1,), single % AIR, 1), ((1, 1), bulk % AIR, 2), ((1, 1, 1), bulk % AIR, 3),
        ((1, 2), "/readings", 2), ((1, 1, 2), "/readings", 3), ((2,), "/readings", 1),
        ((3,), "/readings", 2), ((4,), single % RAIN, 1), ((4, 4), bulk % RAIN, 2),
        ((1, 4), "/readings", 2), ((5, 1), "/readings", 3), ((1, 5), "/readings", 3),
    ):  # fmt: skip
        channels = (AIR, "", 0), ("slug", "", 0), (RAIN, "", 0)
        rig = SensocanRig(channels)
        for mask in masks:
            rig.add(mask, *[5 for i in range(3) if mask >> i & 1])
        found = measured(rig)
        assert found[0] == path, (masks, found)
        one = text_size(AIR, "5", "single")
        if path != "/readings":
            largest = text_size(AIR, LARGEST, "single", ".000")
            assert found[1:] == (11 + largest + (count - 1) * (one + 2), largest, None), masks
        # The batch is empty again, and its limit is the number of readings that the form allows.
        assert rig.upload.batch.count == 0
        assert rig.upload.batch.count_max == (100 if path == "/readings" else count)
        _, body = rig.request()
        data = json.loads(body)["data"]
        assert (len(data) if path != single % AIR and path != single % RAIN else 1) == count


def voltage(session, *rows, channel=VOLTS, name="battery_voltage"):
    rig = rig_of((CHANNELS[1], channel), *rows)
    rig.session = session
    return measured(rig, settings=dict(SETTINGS, battery=name))


def test_voltages_are_within_0_and_100():
    for unit, decimals, value, expected in (
        ("V", 0, 1, (1, 0)), ("V", 0, 100, (100, 0)), ("V", 0, 101, None), ("V", 0, -1, None),
        ("V", 2, 10_000, (10_000, 2)), ("V", 2, 10_001, None), ("mV", 0, 3700, (3700, 3)),
        ("mV", 1, 37_000, (37_000, 4)), ("mV", 0, 100_000, (100_000, 3)), ("mV", 0, 100_001, None),
        ("", 1, 37, (37, 1)), ("V", 3, 0, None),
    ):  # fmt: skip
        session = new_session()
        channel = ("battery_voltage", unit, decimals)
        found = voltage(session, (3, [5, value]), channel=channel)
        assert found[3] == expected, (unit, decimals, value)
        largest = max(text_size("humidity_sensor", LARGEST, ms=".000"), 0)
        plain = voltage(new_session(), (3, [5, value]), channel=channel, name="")
        assert found[2] == plain[2] == largest and plain[3] is None
        text = 0
        if expected:
            shown = len("%d" % value) + (1 if expected[1] else 0)
            shown = max(shown, expected[1] + 2 if expected[1] else 1)
            text = len(',"battery_voltage":') + shown
        assert found[1] - plain[1] == text, (unit, decimals, value)


def test_the_last_known_voltage_is_sent_until_the_server_refuses_it():
    session = new_session()
    assert voltage(session, (1, [5]))[3] is None and session.battery is None
    assert voltage(session, (2, [3700]), (1, [5]))[3] == (3700, 3)
    assert session.battery == (3700, 3)
    assert voltage(session, (1, [5]))[3] == (3700, 3)
    assert voltage(session, (3, [5, 0]))[3] == (3700, 3)
    session.has_no_battery = True
    assert voltage(session, (3, [5, 3600]))[3] is None and session.battery == (3700, 3)


def test_a_uuid_has_36_characters_with_dashes_in_their_places():
    assert is_uuid(AIR) and is_uuid(RAIN) and is_uuid("0" * 8 + "-ffff-AAAA-9999-" + "f" * 12)
    for i in range(36):
        for c in "gGz/:@`-0":
            text = AIR[:i] + c + AIR[i + 1 :]
            is_dash = i in (8, 13, 18, 23)
            assert is_uuid(text) == ((c == "-") if is_dash else c == "0"), (i, c)
    for text in ("", AIR[1:], AIR + "0", AIR[:18] + "-" + AIR[18:]):
        assert not is_uuid(text), text


# The configuration


def reported(**changes):
    """Return the settled options, and the keys that were reported."""
    raw = {"device_uuid": AIR, "names": {}, "battery": "b", "allow_plain_http": False,
           "endpoint": "https://x.test/api/v1"}  # fmt: skip
    raw.update(changes)
    wrong = []
    options.complete(raw, lambda key, seen, remedy: wrong.append((key, remedy)))
    return raw, wrong


def test_options_are_settled_and_faults_reported_once():
    for changes, fault in (
        ({}, None), ({"device_uuid": None}, "device_uuid"), ({"device_uuid": "x"}, "device_uuid"),
        ({"device_uuid": ...}, None), ({"names": ...}, None), ({"battery": ...}, None),
        ({"endpoint": ...}, None), ({"endpoint": "https://x.test"}, "endpoint"),
        ({"endpoint": "https://x.test/"}, "endpoint"),
        ({"endpoint": "https://x.test//"}, "endpoint"),
        ({"endpoint": "https://x.test/a?b"}, "endpoint"), ({"endpoint": "x"}, "endpoint"),
        ({"endpoint": "https://x.test/v1/Devices/7"}, "endpoint"),
        ({"endpoint": "https://x.test/a"}, None),
        ({"endpoint": "http://x.test/a"}, "endpoint"),
        ({"endpoint": "http://x.test/a", "allow_plain_http": True}, None),
        ({"endpoint": "http://x.test/a", "allow_plain_http": ...}, None),
    ):  # fmt: skip
        raw, wrong = reported(**changes)
        assert [entry[0] for entry in wrong] == ([fault] if fault else []), (changes, wrong)
        assert raw["battery"] == changes.get("battery", "b")
    assert reported(endpoint="https://x.test/a//")[0]["endpoint"] == "https://x.test/a"
    assert reported(names={"b": "level", "c": "x"})[0]["battery"] == "level"
    assert reported(names={"c": "b"})[0]["battery"] == "b"
    assert settled(battery="b" * 100)["battery"] == "b" * 100
