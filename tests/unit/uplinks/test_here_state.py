"""HERE's uplink: the last item of a body, the bounds of its members, and how old they may be."""

import json

from support.uplinks.here_rig import ENV, GPS, NOW_S, HereRig
from support.uplinks.here_server import UNIX_S
from wherry.uplinks.here import dialect as here
from wherry.uplinks.here import state

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


def test_the_newest_reading_and_position_count():
    item = item_at([100, 90, 80])
    assert item["system"]["reportedSensorData"] == {"temperatureC": 0.2}
    assert abs(item["position"]["lat"] - 0.000002) < 1e-9
    assert item["timestamp"] == (NOW_S + UNIX_S) * 1000 + 500 + 2 and "payload" not in item


def test_a_version_is_reported_from_0_on_and_a_result_if_there_is_one():
    for version, sent in ((-1, None), (0, 0), (1, 1), ((1 << 53) - 1, (1 << 53) - 1)):
        assert item_at([100], state_version=version)["system"].get("stateVersion") == sent
    for result in ("applied", "sampleMs is more than sendMs"):
        item = item_at([100], shadow_result=result, state_version=3)
        assert item["payload"] == {"shadow_result": result}
        assert sorted(item) == ["payload", "position", "system", "timestamp"]


def test_the_content_of_an_item_is_noted():
    for scan, result in ((None, ""), ({"wlan": []}, ""), (None, "applied"), ({"a": [1]}, "x")):
        rig = HereRig()
        session = rig.session
        session.scan, session.shadow_result = scan, result
        newest = state.Newest(rig.upload.settings, ENV)
        text = newest.item(session, b"5", NOW_S).decode()
        assert text[-1] == "]"
        found = json.loads(text[:-1])
        assert found.pop("timestamp") == 5 and found["system"].pop("client")
        assert found.pop("system") == {}
        expected = {"scan": scan} if scan else {}
        if result:
            expected["payload"] = {"shadow_result": result}
        assert found == expected, (scan, result)
        assert (session.had_scan, session.had_result) == (bool(scan), bool(result))
        assert session.scan is None and session.shadow_result == result


def test_a_request_without_readings_settles_no_readings():
    rig = HereRig()
    rig.add_old(3)
    rig.session.now = NOW_S, 500
    for asked, fields in (("token", {}), ("time", {"token": "t", "asks_time": True})):
        for name, value in fields.items():
            setattr(rig.session, name, value)
        rig.session.account = here.account(rig.upload.settings)
        rig.session.until_s = NOW_S + 99
        assert here.next_request(rig.upload.settings, rig.session, rig.upload.batch)
        batch = rig.upload.batch
        assert (rig.session.asked, batch.count, batch.count_max) == (asked, 0, 0)
