"""HERE's uplink: items and logs, the state and its bounds, scans, refusals, lost answers."""

import json
import random

from support.node.texts import value_text
from support.uplinks.here_rig import ENV, GPS, NOW_S, HereRig
from support.uplinks.here_server import UNIX_S
from wherry.reading import VALUE_MAX
from wherry.sending import verdict
from wherry.uplinks.here import dialect as here


def test_a_fresh_row_is_a_separate_item():
    rig = HereRig(ENV + GPS)
    rig.add(2, [2153, -7, 876, 55953500, -3193900, 471, 1234, 3599, 9, 52])
    assert rig.run() == [verdict.AGAIN, verdict.DELIVERED, None]
    row, last = rig.server.items
    ms = (NOW_S - 2 + UNIX_S) * 1000 + 250
    assert row["timestamp"] == ms and last["timestamp"] == (NOW_S + UNIX_S) * 1000 + 501
    payload = row["payload"]
    assert payload["temperature"] == 21.53 and payload['hum"idity'] == -0.7
    position = dict(row["position"])
    assert abs(position.pop("lat") - 55.9535) < 1e-5 and abs(position.pop("lng") + 3.1939) < 1e-5
    assert position == {
        "type": "gnss", "timestamp": ms, "accuracy": 5.2, "alt": 47.1, "speed": 12,
        "heading": 0, "satellitecount": 9,
    }, position  # fmt: skip
    assert last["position"] == row["position"] and "payload" not in last
    system = last["system"]
    assert system["reportedSensorData"] == {"temperatureC": 21.53, "batteryLevel": 88}
    assert system["client"]["manufacturer"] == "wherry" and system["client"]["name"] == "node-1"
    assert "stateVersion" not in system
    assert rig.sent() == 10


def test_a_thousand_waiting_readings_balance():
    for mode, window_s in (("log", 10), ("trusting", 10), ("trusting", None)):
        rig = HereRig(mode=mode)
        rig.server.window_s = window_s
        rig.add_old(334)
        rig.add(1, [2000, 1, 2])
        rig.run()
        ledger = rig.upload.ledger
        assert (rig.sent(), rig.server.copies) == (1005, 0), (mode, window_s)
        assert (ledger.delivered, ledger.set_aside, rig.upload.waiting()) == (1005, 0, 0)
        logs = [item for item in rig.server.items if "log" in item.get("payload", {})]
        assert bool(logs) == (window_s == 10), (mode, window_s)
        first = (NOW_S - 334 * 60 - 100 + UNIX_S) * 1000 + 250
        assert rig.server.points[(first, "temperature")] == 20.0


def random_rows(rig, channels, row_count):
    """Queue rows of random masks and ages; return their {(Unix ms, channel): value}."""
    expected = {}
    ages_s = sorted(
        [random.choice((0, 1, 5, 9, 60, 9000)) * random.randint(1, 9) for _ in range(row_count)]
    )
    for i in range(row_count):
        values = [
            random.randint(-VALUE_MAX, VALUE_MAX) >> random.randint(0, 29)
            if random.randint(0, 4) else None for _ in channels
        ]  # fmt: skip
        values[random.randrange(len(values))] = 7
        age_s = ages_s[-1 - i]
        rig.add(age_s, values, i)
        ms = (NOW_S - age_s + UNIX_S) * 1000 + i
        for (name, _, decimals), value in zip(channels, values):
            if value is not None:
                expected[ms, name] = json.loads(value_text(value, decimals))
    return expected


def test_random_rows_arrive_unchanged():
    seed = random.getrandbits(30)
    random.seed(seed)
    readings = 0
    for _ in range(8):
        words = ("latitude", "longitude", "speed", "heading", "accuracy", "temperature", "n" * 90)
        channels = [(word, "m/s", random.randint(0, 6)) for word in words[: random.randint(1, 7)]]
        rig = HereRig(channels, mode=random.choice(("log", "trusting")))
        rig.server.window_s = random.choice((10, None))
        rig.upload.count_max = random.choice((1, 2, 7, 50, 200))
        expected = random_rows(rig, channels, random.randint(1, 60))
        rig.run(500)
        assert rig.server.points == expected and not rig.server.copies, seed
        assert rig.upload.ledger.delivered == len(expected), seed
        readings += len(expected)
    print("%d readings, seed %d" % (readings, seed))


def test_the_state_is_the_newest_within_bounds():
    rig = HereRig(reported={"temperatureC": 'hum"idity', "deviceIsTampered": "battery"})
    rig.add(300, [2000, 215, 1])
    rig.add(200, [2000, 220, None])
    rig.add(100, [2000, 5000, None])  # Outside HERE's bounds.
    rig.run()
    sensors = rig.server.items[-1]["system"]["reportedSensorData"]
    assert sensors == {"temperatureC": 22.0, "deviceIsTampered": True}, sensors
    old = HereRig()
    old.add(700, [2000, 215, 1])
    old.run()
    assert "reportedSensorData" not in old.server.items[-1]["system"]


def test_a_scan_is_sent_once_with_the_newest_item():
    wlan = [{"mac": "1c:1d:86:07:01:%02x" % i, "powrx": -45 - i, "band": 2.4} for i in range(60)]
    rig = HereRig()
    rig.add(1, [1, 2, 3])
    rig.session.scan = {"wlan": list(wlan), "gsm": [{"mcc": 262}]}
    rig.run()
    last = rig.server.items[-1]
    assert 20 < len(last["scan"]["wlan"]) < 60 and last["scan"]["wlan"][0] == wlan[0]
    assert len(json.dumps(last["scan"])) < 2400 and last["scan"]["gsm"] == [{"mcc": 262}]
    rig.add(1, [1, 2, 3], 300)
    rig.run()
    assert "scan" not in rig.server.items[-1] and rig.session.scan is None


def test_a_scan_that_is_refused_is_left_out():
    rig = HereRig()
    rig.add(1, [1, 2, 3])
    rig.session.scan = {"wlan": []}
    rig.server.refuse = lambda item: "scan" in item
    kinds = rig.run()
    assert kinds == [verdict.AGAIN] * 3 + [verdict.DELIVERED, None] and rig.sent() == 3


def test_async():
    rig = HereRig(**{"async": True})
    rig.server.desired["system"]["stateVersion"] = 9
    rig.add(1, [1, 2, 3])
    assert rig.step().kind == verdict.AGAIN
    assert rig.step().kind == verdict.DELIVERED and rig.server.paths == ["POST /v2/?async=true"]
    assert rig.session.state_version < 0


def test_trusting_mode_falls_back_to_logs_and_remembers_it():
    rig = HereRig(mode="trusting")
    rig.add_old(100)
    kinds = rig.run()
    assert kinds == [verdict.AGAIN] * 4 + [verdict.DELIVERED] * 2 + [None], kinds
    assert rig.session.log_only and rig.sent() == 300
    rig.add(50, [1, 2, 3])
    assert rig.run() == [verdict.DELIVERED, None]
    # A reading that is also refused as a log proves nothing about stamps.
    rig = HereRig(mode="trusting")
    rig.server.window_s = None
    # The server refuses the reading both as a separate item and in a log.
    rig.server.refuse = lambda item: (
        (item["payload"].get("temperature") == 20.17 if "payload" in item else False)
        or "20.17]" in json.dumps(item)
    )
    rig.add_old(40)
    rig.run()
    assert not rig.session.log_only and rig.sent() == 119
    assert rig.upload.ledger.set_aside == 1 and rig.upload.waiting() == 0


def test_a_refused_reading_is_set_aside_in_log_mode():
    rig = HereRig()
    rig.server.refuse = lambda item: "20.17]" in json.dumps(item)
    rig.add_old(60)
    rig.run()
    assert rig.sent() == 179 and rig.upload.ledger.set_aside == 1


def test_a_lost_answer_repeats_the_same_readings():
    rig = HereRig()
    rig.add_old(10)
    rig.server.lost = 1
    rig.run()
    assert rig.sent() == rig.server.copies == 30 and rig.upload.waiting() == 0


def test_rows_added_while_a_batch_is_sent_belong_to_the_next():
    rig = HereRig()
    rig.add_old(4)
    rig.session.now = rig.now_s, 0
    rig.session.token = "t"
    rig.session.account = here.account(rig.upload.settings)
    rig.session.until_s = rig.now_s + 100
    request = here.next_request(rig.upload.settings, rig.session, rig.upload.batch)
    rig.add(1, [7, 8, 9])
    body = b"".join([bytes(piece) for piece in request.body])
    assert len(body) == request.body_size and rig.upload.batch.count == 12


# Bounds from the vendor's OpenAPI description; the tilt may be a full circle either way.
BOUNDS = (
    ("temperatureC", -70, 100), ("relativeHumidity", 0, 100), ("pressureHpa", 300, 1500),
    ("batteryLevel", 0, 100), ("accelerationG", -100, 100), ("tiltDegree", -360, 360),
)  # fmt: skip


def reported(values):
    """Return the members that HERE gets from a row with these values, given in tenths."""
    names = [bound[0] for bound in BOUNDS]
    rig = HereRig([(name, "", 1) for name in names], reported={name: name for name in names})
    rig.add(100, values)
    rig.run()
    return rig.server.items[-1]["system"].get("reportedSensorData", {})


def test_each_member_is_reported_within_its_bounds_only():
    lows = [(name, low) for name, low, _ in BOUNDS]
    highs = [(name, high) for name, _, high in BOUNDS]
    for ends, beyond in ((lows, -1), (highs, 1)):
        values = [10 * value for _, value in ends]
        assert reported(values) == dict(ends), ends
        # A member out of bounds would spoil the batch: only that member is left out.
        for i in range(len(ends)):
            wrong = values[:i] + [values[i] + beyond] + values[i + 1 :]
            assert reported(wrong) == dict(ends[:i] + ends[i + 1 :]), ends[i]


def item_at(ages_s, state_age_max_ms=600_000, **fields):
    """Return the last item sent for rows of these ages, each with position and temperature."""
    rig = HereRig(GPS[:2] + (("temperature", "°C", 1),), state_age_max_ms=state_age_max_ms)
    for name, value in fields.items():
        setattr(rig.session, name, value)
    for i, age_s in enumerate(ages_s):
        rig.add(age_s, [i, 0, i], 500)
    rig.run()
    return rig.server.items[-1]


def test_a_state_is_left_out_once_it_is_too_old():
    for limit_ms, age_s, is_there in (
        (600_000, 599, True), (600_000, 600, True), (600_000, 601, False), (10_000, 10, True),
        (10_000, 11, False), (10_999, 10, True), (10_999, 11, False), (86_400_000, 86_400, True),
    ):  # fmt: skip
        item = item_at([age_s], limit_ms)
        assert ("reportedSensorData" in item["system"]) == is_there, (limit_ms, age_s)
        assert ("position" in item) == is_there, (limit_ms, age_s)
