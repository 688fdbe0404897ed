"""SensoCan: each form of request, the voltage, deliveries from a queue, the configuration."""

from support.node.texts import stamp_text
from support.uplinks.sensocan_rig import (
    AIR,
    BEGIN_S,
    CHANNELS,
    RAIN,
    SETTINGS,
    SensocanRig,
    settled,
)
from support.uplinks.sensocan_server import BASE, DEVICE, TOKEN
from wherry.reading import VALUE_MAX
from wherry.sending import verdict
from wherry.sending.batch.selection import Selection
from wherry.uplinks.sensocan import options
from wherry.uplinks.uuid import is_uuid

# The forms


def test_one_reading_of_a_sensor_with_a_uuid_is_sent_alone():
    rig = SensocanRig()
    rig.add(8, -60)
    stamp = rig.add(1, -2550)
    rig.add(8, -61)
    request, body = rig.request()
    assert request.method == "POST"
    assert request.url == "%s/devices/%s/sensors/%s/readings" % (BASE, DEVICE, AIR)
    headers = dict(request.headers)
    assert headers["Authorization"] == "Bearer " + TOKEN
    assert headers["Content-Type"] == headers["Accept"] == "application/json"
    assert body == '{"data":{"value":-25.50,"timestamp":"%s"}}' % stamp
    assert rig.run() == [verdict.DELIVERED, None] and rig.server.forms == ["single"]
    assert rig.server.points == [(AIR, stamp, -25.5)] and rig.upload.waiting() == 0


def test_a_backlog_of_one_sensor_with_a_uuid_is_sent_as_bulk():
    rig = SensocanRig()
    stamps = [rig.add(1, i) for i in range(250)]
    request, body = rig.request()
    assert request.url == "%s/devices/%s/sensors/%s/readings/bulk" % (BASE, DEVICE, AIR)
    assert body[:59] == '{"data":[{"value":0.00,"timestamp":"%s"},' % stamps[0]
    assert body[-2:] == "]}"
    rig.run()
    assert rig.server.points == [(AIR, stamps[i], i / 100) for i in range(250)]
    assert set(rig.server.forms) == {"bulk"} and len(rig.server.forms) <= 5


def test_all_other_readings_are_sent_as_a_batch():
    rig = SensocanRig()
    stamp = rig.add(3, 2550, 602)
    request, body = rig.request()
    assert request.url == "%s/devices/%s/readings" % (BASE, DEVICE)
    items = (
        '{"sensor_uuid":"%s","value":25.50,"timestamp":"%s"},'
        '{"sensor_slug":"humidity_sensor","value":60.2,"timestamp":"%s"}'
    )
    assert body == '{"data":[' + items % (AIR, stamp, stamp) + "]}"
    # (masks of the rows, forms of the requests)
    table = (
        ((2,), ["batch"]), ((2, 2), ["batch"]), ((1, 3), ["batch"]), ((1, 1, 2), ["batch"]),
        ((1, 8, 1), ["bulk"]), ((8, 1), ["single"]),
    )  # fmt: skip
    for masks, forms in table:
        rig = SensocanRig()
        for mask in masks:
            rig.add(mask, *[1 for i in range(4) if mask >> i & 1])
        rig.run()
        sent = sum([bin(mask & 7).count("1") for mask in masks])
        assert rig.server.forms == forms and len(rig.server.points) == sent, masks
        assert rig.upload.waiting() == 0, masks


def test_a_batch_that_is_halved_to_one_reading_is_sent_as_a_single_reading():
    rig = SensocanRig()
    for i in range(4):
        rig.add(3, i, i)
    rig.upload.count_max = 1
    rig.upload.ledger.count_limit = 1
    rig.run()
    assert rig.server.forms == ["single", "batch"] * 4


def test_a_node_with_several_uuids_and_slugs_keeps_its_stamps():
    channels = ((AIR, "°C", 2), (RAIN, "mm", 0), ("humidity_sensor", "%", 1))
    rig = SensocanRig(channels, ms=True)
    for i in range(120):
        rig.queue.append(1, 0, BEGIN_S + i, 7 * i, 7, [i, -i, 5])
    rig.run()
    assert len(rig.server.points) == 360 and set(rig.server.forms) == {"batch"}
    assert rig.server.points[3:5] == [
        (AIR, stamp_text(BEGIN_S + 1, 7), 0.01), (RAIN, stamp_text(BEGIN_S + 1, 7), -1),
    ]  # fmt: skip


# The voltage


def test_the_voltage_is_the_newest_known_at_the_first_row():
    rig = SensocanRig()
    rig.upload.count_max = rig.upload.ledger.count_limit = 2
    for mask, values in (
        (1, (1,)), (3, (1, 2)), (7, (1, 2, 3712)), (3, (1, 2)), (7, (1, 2, 3705)), (1, (1,)),
    ):  # fmt: skip
        rig.add(mask, *values)
    voltages = []
    while True:
        before = len(rig.server.voltages)
        if rig.step().kind is None:
            break
        voltages += rig.server.voltages[before:] or [None]
    # There are 12 readings, which are sent in pairs. The second pair begins in the second row.
    assert voltages == [None, None, 3.712, 3.712, 3.705, 3.705], voltages
    assert rig.upload.waiting() == 0


def sent_voltage(channel, value, battery="battery_voltage", chosen="sensors"):
    """Return the voltage that is sent with one row, as the server reads it, or None."""
    settings = dict(SETTINGS)
    settings["battery"] = battery
    rig = SensocanRig((CHANNELS[0], channel), Selection(chosen, {}), settings=settings)
    rig.add(3, 1, value)
    rig.run()
    assert rig.upload.waiting() == 0 and rig.server.points
    return rig.server.voltages[0] if rig.server.voltages else None


def test_a_voltage_outside_0_to_100_is_left_out():
    volts = ("battery_voltage", "V", 3)
    table = (
        (volts, 3712, 3.712), (volts, 1, 0.001), (volts, 100_000, 100), (volts, 100_001, None),
        (volts, -1, None), (volts, -3700, None), (volts, VALUE_MAX, None),
        (("battery_voltage", "V", 0), 12, 12), (("battery_voltage", "V", 1), 1001, None),
        (("battery_voltage", "mV", 0), 3712, 3.712), (("battery_voltage", "mV", 0), 100_001, None),
    )  # fmt: skip
    for channel, value, expected in table:
        assert sent_voltage(channel, value) == expected, (channel, value)
    assert sent_voltage(("humidity_sensor", "V", 2), 330, "humidity_sensor") == 3.3
    assert sent_voltage(volts, 3712, "") is None
    # The voltage's channel need not be among the channels that are sent.
    assert sent_voltage(volts, 3712, chosen=[AIR]) == 3.712


# Through the uplink


def test_a_lost_answer_sends_the_same_bytes_again():
    rig = SensocanRig()
    for i in range(70):
        rig.add(7, i, i, 3700 + i)
    rig.server.lost = 1
    rig.run()
    first, again = rig.server.bodies[:2]
    assert first == again and rig.server.copies() == 100
    assert len(set(rig.server.points)) == 210 and rig.upload.ledger.delivered == 210


def test_a_reading_that_fails_validation_is_set_aside_by_name():
    rig = SensocanRig()
    for i in range(60):
        rig.add(3, i, i)
    sentence = "The value is out of range."
    rig.server.refuse = lambda item: {"value": sentence} if item["value"] == 0.41 else {}
    rig.run()
    assert rig.upload.ledger.set_aside == 1 and len(rig.server.points) == 119
    assert rig.server.copies() == 0 and len(rig.server.forms) < 30
    from wherry.sending.refusal.aside_files import Aside

    kept = list(Aside(rig.upload.aside).readings())
    assert [entry[:3] for entry in kept] == [(41, 0, AIR)] and kept[0][7] == 422
    assert kept[0][8].startswith("HTTP 422: data.value: The value is out"), kept


def test_a_wrong_token_sends_nothing_and_is_reported():
    rig = SensocanRig()
    rig.add(3, 1, 1)
    rig.server.token = "another"
    outcome = rig.step()
    kind, note = outcome.kind, outcome.note
    assert kind == verdict.DENIED and "token" in note and rig.upload.waiting() == 2


# The configuration


def test_a_configuration_becomes_settings():
    typed = settled()
    assert typed["endpoint"] == "https://api.sensocan.com/api/v1"
    assert (typed["battery"], typed["on_doubt"]) == ("battery_voltage", "resend")
    assert typed["selection"] == ["sensors", {}] and typed["token"] == "t0ken"
    names = {"battery_voltage": "battery_level", "temperature": AIR}
    typed = settled(names=names, on_doubt="skip", endpoint="https://x.example/api/v1/")
    assert (typed["battery"], typed["on_doubt"]) == ("battery_level", "skip")
    assert typed["endpoint"] == "https://x.example/api/v1"
    assert settled(battery="")["battery"] == ""
    plain_http = "http://10.0.0.2:8080/api/v1"
    assert settled(endpoint=plain_http, allow_plain_http=True)["endpoint"] == plain_http


def test_a_uuid_is_distinguished_from_a_slug():
    for name in (AIR, RAIN, DEVICE):
        assert is_uuid(name), name
    for name in ("", "temp_01", AIR[:-1], AIR + "0", "g" + AIR[1:], AIR.replace("-", "0")):
        assert not is_uuid(name), name


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
