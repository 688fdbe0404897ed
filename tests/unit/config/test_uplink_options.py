"""Options of an uplink: their defaults and bounds, its channels, names and cadence."""

import json

from support.config.changed_config import changed, lines, several
from support.node.check import raises
from wherry.config.check import ConfigError, check
from wherry.uplinks.here import options

DEVICE = "9d9c31be-dd5d-40b1-95af-7d5375c39561"
PLAIN = '{"wifi": [{"ssid": "garden"}], "sensor": [{"driver": "bme280"}]}'
GIVEN = {
    "here": {"device_id": DEVICE, "device_secret": "hush"},
    "sensocan": {"device_uuid": DEVICE, "token": "hush"},
    "harbor": {"harbor_id": "7", "api_key": "hush"},
}


def settings_of(kind, **changes):
    """Return the typed uplink of a plain node; None removes a key."""
    uplink = dict(GIVEN[kind], kind=kind)
    uplink.update(changes)
    raw = json.loads(PLAIN)
    raw["uplink"] = [{key: uplink[key] for key in uplink if uplink[key] is not None}]
    return check(raw)["uplink"][0]


def test_omitted_options_have_their_defaults():
    for kind, defaults in (
        ("here", {
            "endpoint": "https://tracking.api.here.com",
            "signing_url": "https://tracking.api.here.com",
            "async": False, "mode": "log", "on_doubt": "resend", "reported": {},
            "state_age_max_ms": 600_000, "wlan_scan": False, "bluetooth_scan": False,
            "gsm_scan": False, "shadow_payload": [], "shadow_sample_every_min_ms": 1000,
            "shadow_send_every_min_ms": 10_000, "accept_wifi": False, "device_id": DEVICE,
        }),
        ("sensocan", {
            "endpoint": "https://api.sensocan.com/api/v1", "battery": "battery_voltage",
            "on_doubt": "resend", "device_uuid": DEVICE, "hold_days": 30,
        }),
        ("harbor", {
            "endpoint": "https://harborscale.com/api/v2/ingest/7", "mode": "auto",
        }),
    ):  # fmt: skip
        found = settings_of(kind)
        for key, value in defaults.items():
            assert found[key] == value and type(found[key]) is type(value), (kind, key)


# (kind, key, key in the settings, accepted values, refused values)
BOUNDS = (
    ("here", "mode", "mode", (("log", "log"), ("trusting", "trusting")), ("", "Log", 0)),
    ("here", "on_doubt", "on_doubt", (("resend", "resend"), ("skip", "skip")), ("x", True)),
    ("here", "shadow_payload", "shadow_payload", ((["a"], ["a"]), (["a"] * 16, ["a"] * 16)),
     ("a", [5], [], ["a"] * 17)),
    ("here", "device_id", "device_id", ((DEVICE.upper(), DEVICE.upper()),), ("", DEVICE + "0")),
    ("sensocan", "battery", "battery", (("", ""), ("b", "b"), ("b" * 100, "b" * 100)),
     ("b" * 101, 5)),
    ("sensocan", "on_doubt", "on_doubt", (("resend", "resend"), ("skip", "skip")), ("x", True)),
    ("harbor", "mode", "mode", (("auto", "auto"), ("single", "single"), ("batch", "batch")),
     ("x", "")),
)  # fmt: skip
BOUNDS += tuple([
    ("here", key, key, ((True, True), (False, False)), (0, 1, "yes"))
    for key in ("async", "wlan_scan", "bluetooth_scan", "gsm_scan", "accept_wifi")
])  # fmt: skip


def test_options_are_accepted_up_to_their_bounds():
    for kind, key, typed_key, good, bad in BOUNDS:
        for value, given in good:
            assert settings_of(kind, **{key: given})[typed_key] == value, (kind, key, given)
        for given in bad:
            error = raises(ConfigError, lambda: settings_of(kind, **{key: given}))  # noqa: B023
            assert "[[uplink]] 1: %s: " % key in str(error), (kind, key, given, error)


def test_a_device_id_is_a_uuid():
    assert settings_of("here", device_id="0123456a-bcde-fABC-DEF9-000000000000")
    for i in (0, 7, 8, 9, 13, 18, 23, 35):
        for c in ("g", "-", "0"):
            text = DEVICE[:i] + c + DEVICE[i + 1 :]
            is_legal = (c == "-") if i in (8, 13, 18, 23) else c == "0"
            if is_legal:
                assert settings_of("here", device_id=text)["device_id"] == text
            else:
                error = raises(ConfigError, lambda: settings_of("here", device_id=text))  # noqa: B023
                assert "36 characters with four dashes" in str(error), text


# HERE's addresses


def settled(**changes):
    """Return HERE's settled options, and the reported errors."""
    raw = {key: option[1] for key, option in options.OPTIONS.items()}
    raw["device_id"] = DEVICE
    raw.update(changes)
    wrong = []
    options.complete(raw, lambda key, seen, remedy: wrong.append((key, remedy)))
    return raw, wrong


URLS = (
    ("https://a.test", "https://a.test", ""), ("https://a.test///", "https://a.test", ""),
    ("https://a.test/v2", "https://a.test", ""),
    ("https://a.test/V2/Token/", "https://a.test", ""),
    ("https://a.test/token", "https://a.test", ""), ("https://a.test:443", "https://a.test", ""),
    ("https://a.test:443/v2/", "https://a.test", ""),
    ("https://a.test:8443", "https://a.test:8443", ""),
    ("https://a.test/x", "https://a.test/x", "the server only"),
    ("https://a.test/v2?x", "https://a.test/v2?x", "the server only"),
    ("http://a.test", "http://a.test", "write https://"),
    ("a.test", "a.test", "give the server's address: URL"),
    ("https://u@a.test", "https://u@a.test", "give the server's address: URL"),
)  # fmt: skip


def test_only_the_server_of_an_address_is_kept():
    for url, base, fault in URLS:
        raw, wrong = settled(endpoint=url)
        assert raw["endpoint"] == raw["signing_url"] == base, (url, raw["endpoint"])
        assert [entry[0] for entry in wrong] == (["endpoint"] if fault else []), url
        assert not fault or fault in wrong[0][1], (url, wrong)
    for url, base in (("http://a.test", "http://a.test"), ("http://a.test:80/v2", "http://a.test"),
                      ("http://a.test:443", "http://a.test:443")):  # fmt: skip
        # The signing address may be http, because nothing is sent to it.
        for raw, wrong in (settled(endpoint=url, allow_plain_http=True),
                           settled(endpoint=url, allow_plain_http=...)):  # fmt: skip
            assert (raw["endpoint"], wrong) == (base, []), url
        raw, wrong = settled(signing_url=url)
        assert (raw["signing_url"], wrong) == (base, []), url
        assert raw["endpoint"] == "https://tracking.api.here.com"
    assert settled(signing_url="https://a.test/x")[1][0][0] == "signing_url"


def test_reported_members_have_the_names_of_channels():
    for reported, keys in (
        ({}, []), ({"temperatureC": "t"}, []), ({"tiltDegree": "t" * 100}, []),
        ({"tiltDegree": "t" * 101}, ["reported: tiltDegree"]),
        ({"tiltDegree": ""}, ["reported: tiltDegree"]),
        ({"tiltDegree": 5}, ["reported: tiltDegree"]),
        ({"temperature": "t"}, ["reported: temperature"]), ({"": "t"}, ['reported: ""']),
        ({"b": "t", "a": "t", "deviceIsTampered": "t"}, ["reported: a", "reported: b"]),
    ):  # fmt: skip
        raw, wrong = settled(reported=reported)
        assert [entry[0] for entry in wrong] == keys and raw["reported"] == reported, reported


def test_a_single_uplink_sends_when_the_node_does():
    for own, ms in (("1 h", 3_600_000), (None, 600_000)):
        raw = changed("uplink", {"send_every": own} if own else {})
        settings = check(raw)
        assert settings["node"]["send_every_ms"] == ms
        assert "send_every_ms" not in settings["uplink"][0]
    settings = check(several("uplink", ({"send_every": "1 h"}, {})))
    assert settings["node"]["send_every_ms"] == 600_000
    assert settings["uplink"][0]["send_every_ms"] == 3_600_000
    assert "send_every_ms" not in settings["uplink"][1]
    for text, is_right in (("599999 ms", False), ("10 min", True), ("600001 ms", True)):
        raw = several("uplink", ({}, {"send_every": text}))
        if is_right:
            check(raw)
        else:
            assert lines(raw) == [
                "[[uplink]] 2: send_every: 599999 ms; give at least sample_every, which is 10 min"
            ]


def test_an_uplink_selects_channels():
    for changes, selection in (
        ({}, None), ({"channels": "all"}, None), ({"channels": "sensors"}, ["sensors", {}]),
        ({"channels": ["humidity"]}, [["humidity"], {}]),
        ({"names": {"humidity": "h"}}, ["all", {"humidity": "h"}]),
        ({"names": {"humidity": "h" * 100}}, ["all", {"humidity": "h" * 100}]),
        ({"channels": ["node_rssi", "humidity"], "names": {"node_boots": "b"}},
         [["node_rssi", "humidity"], {"node_boots": "b"}]),
        ({"names": {"humidity": "temperature", "temperature": "humidity"}},
         ["all", {"humidity": "temperature", "temperature": "humidity"}]),
    ):  # fmt: skip
        found = check(changed("uplink", changes))["uplink"][0]
        assert found["selection"] == selection, changes
        for key in ("channels", "names", "holds", "allow_plain_http"):
            assert key not in found, key
    # An uplink that must send pairs together has a selection even without options for one.
    found = check(changed("sensor", {"driver": "gps"}))
    assert found["uplink"][0]["selection"] == ["all", {}]


def test_errors_in_a_selection_are_reported():
    place = "[[uplink]] 1: "
    for changes, line in (
        ({"channels": ["humidty"]}, 'channels: "humidty"; did you mean "humidity"?'),
        ({"names": {"humidity": "pressure"}},
         'names: "pressure" for humidity and pressure; give each its own name'),
        ({"names": {"pressure": "humidity"}},
         'names: "humidity" for humidity and pressure; give each its own name'),
        ({"names": {"humidity": "x", "pressure": "x"}},
         'names: "x" for humidity and pressure; give each its own name'),
        ({"names": {"humidity": "node_rssi"}},
         'names: "node_rssi" for humidity and node_rssi; give each its own name'),
    ):  # fmt: skip
        assert lines(changed("uplink", changes)) == [place + line], lines(
            changed("uplink", changes)
        )
    raw = several("uplink", ({}, {"channels": ["humidty"], "label": "b"}))
    assert lines(raw)[0].startswith("[[uplink]] 2: channels: ")
