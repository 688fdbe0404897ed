"""HERE's desired shadow: applied members, ignored members, and content that must not raise."""

import json

from support.uplinks.here_desired import OPEN, desired, judged, rate
from support.uplinks.here_rig import NOW_S, HereRig, settings
from support.uplinks.here_server import respond
from wherry.sending import verdict
from wherry.sending.session import server_requests
from wherry.stage.state import new_state
from wherry.uplinks.here import dialect as here

NETWORK = {"ssid": "barn", "securityMode": "wpa2psk", "password": "at least 8"}


def test_a_shadow_as_the_vendor_prints_it():
    shadow = {
        "timestamp": 1515169948976, "payload": {"led": "red", "other": 5},
        "system": {
            "stateVersion": 3, "lastModifiedGeofenceTimestamp": 0,
            "rate": {"sampleMs": 1000, "sendMs": 60000, "distanceM": 50},
            "wlanConnectivityEnabled": True,
            "wlanConfigurations": [
                {"ssid": "s", "securityMode": "wpa2psk", "password": "at least 8",
                 "ssidIsHidden": False}
            ],
            "sensorLoggingEnabled": True, "syncGeofences": False, "detectOutliers": False,
            "sensorAlarmConfig": {"alertTemperatureCMin": 0, "alertTemperatureCMax": 40},
            "disableTracking": {"position": "all", "sensors": ["temperatureC"]},
        },
    }  # fmt: skip
    expected = {"sample_every_ms": 1000, "send_every_ms": 60000}
    session = judged(here.Session(), shadow)
    assert session.apply == session.shadow == expected
    assert (session.state_version, session.shadow_result) == (3, "applied")
    assert session.report == "desired state 3: applied" and session.has_changed
    expected["payload"] = {"led": "red"}
    expected["wifi"] = [{"ssid": "s", "password": "at least 8"}]
    assert judged(here.Session(), shadow, **OPEN).apply == expected


# (shadow, changes that the node applies or None, result that it reports or None)
SHADOWS = (
    (rate(1000, 10000), {"sample_every_ms": 1000, "send_every_ms": 10000}, "applied"),
    (rate(86_400_000, 86_400_000),
     {"sample_every_ms": 86_400_000, "send_every_ms": 86_400_000}, "applied"),
    (rate(1000, 9999), {"sample_every_ms": 1000}, "sendMs is not 10000 to 86400000"),
    (rate(999, 60000), {"send_every_ms": 60000}, "sampleMs is not 1000 to 86400000"),
    (rate(1000, 86_400_001), {"sample_every_ms": 1000}, "sendMs is not 10000 to 86400000"),
    (rate(60000, 30000), None, "sampleMs is more than sendMs"),
    (rate(1000.5, 60000), {"send_every_ms": 60000}, "sampleMs is not 1000 to 86400000"),
    (rate([], {}), None, "sampleMs is not 1000 to 86400000; sendMs is not 10000 to 86400000"),
    (desired(rate=5), None, None), (desired(rate=[1]), None, None),
    (desired(rate=None), None, None), (desired(payload=[]), None, None),
    (desired(payload={"led": "red", "pin": 5}), {"payload": {"led": "red"}}, "applied"),
    (desired(payload={"led": True, "level": -1.5}), {"payload": {"led": True, "level": -1.5}},
     "applied"),
    (desired(payload={"led": "x" * 65, "level": 1_000_000_001}), None,
     "led is not a text, number, true or false; level is not a text, number, true or false"),
    (desired(payload={"led": "a\nb", "level": []}), None,
     "led is not a text, number, true or false; level is not a text, number, true or false"),
    (desired(payload={"level": 1 << 80, "led": "on"}), {"payload": {"led": "on"}},
     "level is not a text, number, true or false"),
    (desired(wlanConfigurations=[NETWORK]),
     {"wifi": [{"ssid": "barn", "password": "at least 8"}]}, "applied"),
    (desired(wlanConfigurations=[{"ssid": "open", "securityMode": "none"}]),
     {"wifi": [{"ssid": "open", "password": ""}]}, "applied"),
    (desired(wlanConfigurations=[]), None, None),
    (desired(wlanConfigurations={}), None, None),
    (desired(wlanConfigurations=[NETWORK, 5]), None,
     "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"),
    (desired(wlanConfigurations=[{"ssid": "", "securityMode": "none"}]), None,
     "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"),
    (desired(wlanConfigurations=[{"ssid": "a", "securityMode": "wep", "password": "12345678"}]),
     None, "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"),
    (desired(wlanConfigurations=[{"ssid": "s" * 33, "securityMode": "none"}]), None,
     "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"),
    (desired(wlanConfigurations=[{"ssid": "a", "securityMode": "wpa2psk", "password": "1234567"}]),
     None, "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"),
)  # fmt: skip


def test_applied_members_are_typed_and_bounded():
    for shadow, expected, result in SHADOWS:
        session = judged(here.Session(), shadow, **OPEN)
        assert session.apply == expected, (shadow, session.apply)
        assert session.shadow_result == (result or "")[:120], shadow
        assert session.state_version == 7, shadow


# Bodies that change nothing.
IGNORED = (
    b"{}", b'{"timestamp":1515169948976}', b'{"system":5}',
    b'{"system":[]}', b'{"system":null}', b'{"system":{}}',
    b'{"system":{"stateVersion":null}}', b'{"system":{"stateVersion":1e400}}',
    b'{"system":{"stateVersion":9},"payload":"' + b"x" * 3000 + b'"}',
)  # fmt: skip


def at_version_5():
    session = here.Session()
    session.state_version = 5
    return session


def test_bodies_without_a_newer_state_change_nothing():
    for body in IGNORED:
        session = at_version_5()
        session.shadow = {"send_every_ms": 60000}
        judged(session, body, **OPEN)
        assert session.shadow == {"send_every_ms": 60000}, body[:80]
        assert session.state_version == 5 and session.apply is None, body[:80]
        assert not session.shadow_result and not session.has_changed, body[:80]


def test_only_a_200_with_a_body_brings_a_desired_state():
    body = json.dumps(rate(5000, 60000)).encode()
    for status, text, kind in (
        (200, b"", verdict.RETRY), (204, b"", verdict.DELIVERED), (202, body, verdict.RETRY),
        (201, body, verdict.RETRY),
    ):  # fmt: skip
        session = here.Session()
        session.now = NOW_S, 0
        found, _ = here.judge(settings(), session, respond(status, None, body=text), 1)
        assert found == kind, status
        assert not session.report and session.apply is None, status
        assert session.state_version == -1 and not session.has_changed, status


# Bodies of a 200 that are not a desired state: the answer is not a success.
FOREIGN = (
    (b"", "an empty body"), (b"x", "no JSON object"), (b"{", "no JSON object"),
    (b"[" * 2000, "no JSON object"), (b"\xff\xfe", "no JSON object"), (b"[]", "no JSON object"),
    (b"5", "no JSON object"), (b"null", "no JSON object"), (b'"text"', "no JSON object"),
    (b"NaN", "no JSON object"), (b'{"a":"' + b"x" * 3000 + b'"}', "no JSON object"),
    (b"<html><title>Sign in</title>" + b"x" * 3000, 'a web page: "Sign in"'),
    (b'{"message":"healthy"}', 'another API\'s object: "message"'),
    (b'{"timestamp":1,"status":404,"error":"Not Found","path":"/v2/"}', 'an error: "Not Found"'),
    (b'{"system":{},"code":401,"message":"no token"}', 'an error: "no token"'),
)  # fmt: skip


def test_any_other_body_is_no_success_and_teaches_nothing():
    for body, words in FOREIGN:
        session = at_version_5()
        session.now, session.tries_log = (NOW_S, 0), True
        found = here.judge(settings(**OPEN), session, respond(200, None, body=body), 2)
        assert found == (verdict.RETRY, "HTTP 200, but " + words), (body[:80], found)
        assert session.state_version == 5 and session.apply is None, body[:80]
        assert session.tries_log and not session.log_only and not session.report, body[:80]


def test_ignored_members_are_reported_once():
    for body, words in (
        (b'{ "payload": {"a":"' + b"x" * 3000 + b'"}}', "larger than 2 KB, ignored"),
        (b'{"system":{"a":"' + b"x" * 3000 + b'"}}', "larger than 2 KB, ignored"),
        (b'{"system":{"stateVersion":4}}', "desired state 4: older than 5, ignored"),
        (b'{"system":{"stateVersion":"6"}}', "desired state: no valid version, ignored"),
    ):  # fmt: skip
        session = judged(at_version_5(), body)
        assert words in session.report, body[:80]
        session.report = ""
        assert not judged(session, body).report, body[:80]


def test_the_last_valid_value_is_kept():
    session = judged(here.Session(), rate(5000, 60000))
    session.apply = None
    judged(session, desired(8, rate={"sampleMs": 61000}))
    assert session.apply is None
    assert session.shadow_result == "sampleMs is more than sendMs"
    assert session.shadow == {"sample_every_ms": 5000, "send_every_ms": 60000}
    judged(session, desired(9, rate={"sendMs": 120_000}))
    assert session.apply == {"sample_every_ms": 5000, "send_every_ms": 120_000}
    session.apply = None
    judged(session, desired(10))
    assert session.apply is None and session.state_version == 10
    assert json.loads(json.dumps(session.shadow)) == session.shadow


def test_the_owners_limits_apply():
    bounds = {"shadow_sample_every_min_ms": 60_000, "shadow_send_every_min_ms": 3_600_000}
    session = judged(here.Session(), rate(30_000, 60_000), **bounds)
    assert session.apply is None and "3600000" in session.shadow_result


def test_result_and_version_are_reported_with_the_next_item():
    rig = HereRig()
    rig.server.desired = desired(4, rate={"sampleMs": 1, "sendMs": 60_000})
    rig.add(1, [1, 2, 3])
    rig.run()
    assert "stateVersion" not in rig.server.items[-1]["system"]
    assert rig.session.apply == {"send_every_ms": 60_000}
    rig.add(1, [1, 2, 3], 300)
    rig.server.lost = 1
    rig.run()
    for item in rig.server.items[-1], rig.server.items[-3]:
        assert item["system"]["stateVersion"] == 4
        assert item["payload"] == {"shadow_result": "sampleMs is not 1000 to 86400000"}
    rig.add(1, [1, 2, 3], 400)
    rig.run()
    last = rig.server.items[-1]
    assert last["system"]["stateVersion"] == 4 and "payload" not in last


class Link:
    """The parts of a link that `remote` needs: the configured networks."""

    def __init__(self):
        self.wifi_sections = [{"ssid": "garden", "password": "configured"}]


class Stage:
    """The part of a stage that rates need."""

    def __init__(self):
        self.state = new_state()


class Node:
    """The parts of a node that Wi-Fi and rates need."""

    def __init__(self):
        self.link = Link()
        self.stage = Stage()
        self.clock = self.stage
        self.sample_every_ms, self.send_every_ms = 5000, 60_000

    def ticks(self):
        return 7


def test_networks_are_learned_after_those_of_the_configuration():
    rig = HereRig()
    node = Node()
    for password in ("at least 8", "another 8"):
        rig.session.shadow = {
            "wifi": [
                {"ssid": "barn", "password": password}, {"ssid": "garden", "password": "theirs"},
            ]
        }  # fmt: skip
        node.uploads = [rig.upload]
        server_requests.resume(node)
        assert node.link.wifi_sections == [
            {"ssid": "garden", "password": "configured"},
            {"ssid": "barn", "password": password, "learned": True},
        ]


def test_rates_apply_to_wakes_that_only_keep_a_row():
    rig, node = HereRig(), Node()
    node.uploads = [rig.upload]
    rig.session.shadow = {"sample_every_ms": 30_000, "send_every_ms": 90_000}
    server_requests.resume(node)
    assert (node.sample_every_ms, node.send_every_ms) == (30_000, 90_000)
    assert node.stage.state.busy[12:16] == bytes((0, 0, 1, 44))
    assert node.stage.state.sample_due <= 30_007


def test_the_cadence_of_the_battery_comes_before_rates():
    rig, node = HereRig(), Node()
    node.uploads = [rig.upload]
    node.stage.state.busy[12:16] = decided = bytes((2, 0, 1, 0))
    rig.session.shadow = {"sample_every_ms": 30_000, "send_every_ms": 90_000}
    server_requests.resume(node)
    assert (node.sample_every_ms, node.send_every_ms) == (5000, 60_000)
    assert node.stage.state.busy[12:16] == decided
