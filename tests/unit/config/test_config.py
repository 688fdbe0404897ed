"""Configurations: a table of valid ones, and a table of invalid ones with the reported lines."""

import json

from support.config.changed_config import NODE, TABLES, changed, lines
from support.config.wrong_configs import ENTERPRISE, OPEN_SERVER, WRONG
from support.node.check import raises
from wherry.config.check import ConfigError, check

KEY = "k3y-That-Must-Not-Be-Seen"


def test_defaults_of_a_plain_node():
    settings = check(json.loads(NODE), name="esp32-a1b2c3")
    assert settings["node"] == {
        "name": "esp32-a1b2c3", "board": None, "host_name": "esp32-a1b2c3",
        "sample_every_ms": 600000, "send_every_ms": 600000, "stamps": "s",
        "queue_coding": "varint", "queue_size_max": None, "durability": "row",
        "stage_age_max_ms": 0,
    }  # fmt: skip
    assert settings["wifi"] == [{"ssid": "garden", "password": "correct horse"}]
    assert settings["uplink"] == [{
        "kind": "harbor", "label": "harbor", "start": None, "hold_days": 30, "selection": None,
        "endpoint": "https://harborscale.com/api/v2/ingest/123", "api_key": KEY, "mode": "auto",
        "ca": ["auto"], "gzip": True, "gzip_trial": True,
    }]  # fmt: skip
    sensor = settings["sensor"][0]
    assert (sensor["driver"], sensor["bus"], sensor["address"]) == ("bme280", "i2c0", 0x76)
    assert sensor["channels"] == [
        ("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2),
    ]  # fmt: skip
    assert settings["power"] == {
        "source": "mains", "empty_mv": None, "cadence": None, "chemistry": "li-ion",
        "off_mv": None, "windows": None, "utc_offset_min": 0, "capacity_mah": None,
    }  # fmt: skip
    assert settings["time"] == {
        "sntp": ["pool.ntp.org", "time.cloudflare.com"],
        "http_date": True,
        "error_max_ms": 2000,
        "undated": "estimate",
        "ds3231": None,
    }


SHARED = "https://harborscale.com/api/v2/ingest/123"
PROXY = "https://a.example/x/ingest/123"
OLDER = "https://%stelemetryharbor.com/api/v1/ingest/ingest/123"
# (section, changes, key of the result, expected value)
# fmt: off
RIGHT = (
    ("node", {"sample_every": "90 s"}, "sample_every_ms", 90000),
    ("node", {"send_every": "7 d"}, "send_every_ms", 604800000),
    ("node", {"name": "greenhouse 2"}, "name", "greenhouse 2"),
    ("node", {"queue_size_max": "600 KB"}, "queue_size_max", 614400),
    ("node", {"durability": "stage"}, "stage_age_max_ms", 21600000),
    ("node", {"durability": "stage", "stage_age_max": "1 d"}, "stage_age_max_ms", 86400000),
    ("node", {"stage_age_max": "1 d"}, "stage_age_max_ms", 0),
    ("wifi", {"ssid": "é" * 16}, "ssid", "é" * 16),
    ("wifi", {"ssid": "CustomName"}, "ssid", "CustomName"),
    ("wifi", {"password": None}, "password", ""),
    ("wifi", {"password": "0" * 64}, "password", "0" * 64),
    ("wifi", {"hidden": True}, "hidden", True),
    ("wifi", {"lease_max": "1 h"}, "lease_max_ms", 3600000),
    ("wifi", {"lease_max": "0 s"}, "lease_max_ms", 0),
    ("wifi", {"ip": "192.168.1.50/24"}, "addresses",
     ["192.168.1.50", "255.255.255.0", "192.168.1.1", "192.168.1.1"]),
    ("wifi", {"ip": "10.9.8.7/8", "gateway": "10.0.0.9", "dns": "1.1.1.1"}, "addresses",
     ["10.9.8.7", "255.0.0.0", "10.0.0.9", "1.1.1.1"]),
    ("uplink", {"harbor_id": 123}, "endpoint", SHARED),
    ("uplink", {"tenant": "acme"}, "endpoint", ENTERPRISE),
    ("uplink", {"harbor_id": None, "endpoint": ENTERPRISE}, "endpoint", ENTERPRISE),
    ("uplink", {"harbor_id": None, "endpoint": ENTERPRISE + "/batch"}, "endpoint", ENTERPRISE),
    ("uplink", {"harbor_id": None, "endpoint": ENTERPRISE + "/"}, "endpoint", ENTERPRISE),
    ("uplink", {"harbor_id": None, "endpoint": " " + ENTERPRISE + " "}, "endpoint", ENTERPRISE),
    ("uplink", {"harbor_id": None, "endpoint": OPEN_SERVER, "allow_plain_http": True}, "endpoint",
     OPEN_SERVER),
    ("uplink", {"endpoint": "https://harborscale.com/api/v2/ingest"}, "endpoint", SHARED),
    ("uplink", {"api": "v2", "endpoint": "https://a.example/x/ingest/"}, "endpoint", PROXY),
    ("uplink", {"api": "v1"}, "endpoint", OLDER % ""),
    ("uplink", {"api": "v1", "tenant": "acme"}, "endpoint", OLDER % "acme.harbor."),
    ("uplink", {"mode": "single"}, "mode", "single"),
    ("uplink", {"gzip": "on"}, "gzip", True),
    ("uplink", {"gzip": "auto"}, "gzip", True),
    ("uplink", {"gzip": "auto"}, "gzip_trial", True),
    ("uplink", {"harbor_id": None, "endpoint": OPEN_SERVER, "allow_plain_http": True}, "gzip",
     True),
    ("uplink", {"ca": "root.pem"}, "ca", ["root.pem"]),
    ("uplink", {"ca": ["0.der", "1.der"]}, "ca", ["0.der", "1.der"]),
    ("sensor", {"address": 0x77}, "address", 0x77),
    ("sensor", {"bus": "i2c1"}, "bus", "i2c1"),
    ("power", {"source": "battery"}, "source", "battery"),
    ("time", {"sntp": ["a.example", "10.0.0.1"]}, "sntp", ["a.example", "10.0.0.1"]),
    ("time", {"http_date": False}, "http_date", False),
    ("time", {"error_max": "100 ms"}, "error_max_ms", 100),
    ("time", {"error_max": "5 min"}, "error_max_ms", 300_000),
    ("time", {"undated": "drop"}, "undated", "drop"),
    ("time", {"ds3231": "i2c1"}, "ds3231", "i2c1"),
)
# fmt: on


def test_valid_configurations_have_their_values():
    for section, changes, key, expected in RIGHT:
        part = check(changed(section, changes))[section]
        part = part[0] if type(part) is list else part
        assert part[key] == expected, (section, changes, part[key])


def test_channels_are_prefixed_and_renamed():
    raw = changed("sensor", {"prefix": "roof_", "names": {"temperature": "outdoor"}})
    names = [channel[0] for channel in check(raw)["sensor"][0]["channels"]]
    assert names == ["roof_outdoor", "roof_humidity", "roof_pressure"]


def test_each_error_prints_its_line():
    assert len({entry[0] for entry in WRONG}) == len(WRONG) >= 80
    for what, section, changes, key, seen, remedy in WRONG:
        brackets = "[%s]" if section in TABLES else "[[%s]] 1"
        line = "%s: %s: %s; %s" % (brackets % section, key, seen, remedy)
        raw = changed(section, changes)
        error = raises(ConfigError, check, raw, "esp32", ("bme280", "battery"), ("harbor",))
        assert str(error) == line, (what, str(error), line)
        assert KEY not in str(error) and "horse" not in str(error) and "hush" not in str(error)


# (whole configuration as JSON, the lines)
SHAPES = (
    ("[]", ["the file: a list; give sections such as [node]"]),
    (
        "{}",
        [
            "[[wifi]]: missing; add at least one [[wifi]]",
            "[[uplink]]: missing; add at least one [[uplink]]",
            "[[sensor]]: missing; add at least one [[sensor]]",
        ],
    ),
    (
        '{"wiffi": [], "ssid": "hush", "zz": 1, "wifi": {"ssid": "x"}, '
        '"uplink": "hush", "sensor": [1], "node": [{}]}',
        [
            "ssid: a key outside of any section; move it below [[wifi]]",
            '[wiffi]: unknown section; did you mean "wifi"?',
            "zz: a key outside of any section; "
            "known here: alert, node, power, sensor, time, uplink, wifi",
            "[node]: a list; write [node] once, in single brackets",
            "[[wifi]]: a single table; write [[wifi]] in double brackets",
            "[[uplink]]: a plain value; write [[uplink]] in double brackets",
            "[[sensor]]: a list; write [[sensor]] in double brackets",
        ],
    ),
)


def test_wrong_shapes_report_all_errors_together():
    for text, expected in SHAPES:
        assert lines(json.loads(text)) == expected, lines(json.loads(text))


def test_two_sensors_must_differ():
    raw = changed("sensor", {})
    raw["sensor"].append({"driver": "bme280", "prefix": "roof_"})
    assert lines(raw) == [
        "[[sensor]] 2: address: 0x76 on i2c0, as [[sensor]] 1; "
        "give each chip its own address or bus"
    ]
    raw["sensor"][1]["address"] = 0x77
    assert len(check(raw)["sensor"]) == 2
    del raw["sensor"][1]["prefix"]
    assert len(lines(raw)) == 3


def test_a_fast_sensor_needs_stamps_in_ms_and_a_node_that_stays_awake():
    raw = changed("sensor", {"driver": "lis3dh"})
    settings = check(raw)
    assert settings["node"]["stamps"] == "ms"
    assert settings["sensor"][0]["rate_hz"] == 10 and settings["sensor"][0]["range_g"] == 2
    raw["node"] = {"stamps": "s"}
    raw["power"] = {"source": "battery"}
    assert lines(raw) == [
        '[[sensor]] 1: driver: "lis3dh" on battery; '
        'set source = "mains": its FIFO would overrun in deep sleep',
        '[node]: stamps: "s"; remove it: "lis3dh" needs "ms"',
    ]


def test_uplinks_have_separate_labels():
    raw = changed("uplink", {})
    raw["uplink"] = [dict(raw["uplink"][0]) for _ in range(3)]
    raw["uplink"][1]["label"] = "roof"
    labels = [uplink["label"] for uplink in check(raw)["uplink"]]
    assert labels == ["harbor", "roof", "harbor-3"]
    raw["uplink"][1]["label"] = "harbor-3"
    assert lines(raw) == [
        '[[uplink]] 3: label: "harbor-3", as [[uplink]] 2; give each uplink its own label'
    ]


def test_a_driver_that_is_not_deployed_is_reported():
    assert lines(changed("sensor", {"driver": "absent"})) == [
        '[[sensor]] 1: driver: unknown driver "absent"; correct it'
    ]


def test_other_keys_are_checked_where_the_driver_is_unknown():
    drivers = ("battery", "bme280", "gps")
    for given, expected in (
        ({"driver": "gsp", "uart": 2}, [
            '[[sensor]] 1: driver: unknown driver "gsp"; did you mean "gps"?',
            '[[sensor]] 1: uart: 2; give the name of a bus, such as "gps"',
        ]),
        ({"drivr": "gps", "uart": 2}, [
            '[[sensor]] 1: drivr: unknown key; did you mean "driver"?',
            '[[sensor]] 1: uart: 2; give the name of a bus, such as "gps"',
        ]),
    ):  # fmt: skip
        raw = changed("sensor", {})
        raw["sensor"] = [given]
        error = raises(ConfigError, check, raw, "esp32", drivers)
        assert str(error).split("\n") == expected, str(error)
        assert raw["sensor"] == [given]
