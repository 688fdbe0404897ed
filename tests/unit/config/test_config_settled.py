"""A settled configuration: derived values, limits of counts, and the sections of keys."""

import json

from support.config.changed_config import NODE, changed, lines, several
from support.node.check import raises
from wherry.config import check as config
from wherry.config import sections
from wherry.config.check import ConfigError, check
from wherry.reading import ROW_CHANNELS_MAX


def test_stamps_follow_from_sample_every():
    for ms, stamps in ((100, "ms"), (9999, "ms"), (10000, "s"), (10001, "s"), (86400000, "s")):
        node = check(changed("node", {"sample_every": "%d ms" % ms}))["node"]
        assert (node["sample_every_ms"], node["stamps"]) == (ms, stamps)
        node = check(changed("node", {"sample_every": "%d ms" % ms, "stamps": "ms"}))["node"]
        assert node["stamps"] == "ms"
    for ms, is_right in ((1999, False), (2000, True), (2001, True)):
        raw = changed("node", {"sample_every": "%d ms" % ms, "stamps": "s"})
        if is_right:
            assert check(raw)["node"]["stamps"] == "s", ms
        else:
            reported = '[node]: stamps: "s"; remove it: samples less than 2 s apart need "ms"'
            assert lines(raw) == [reported]


def test_send_every_follows_from_sample_every():
    for sample, send, ms in (
        ("1 s", None, 600_000), ("599999 ms", None, 600_000), ("10 min", None, 600_000),
        ("600001 ms", None, 600_001), ("1 d", None, 86_400_000), ("1 s", "1 s", 1000),
        ("1 s", "1001 ms", 1001), ("1 s", "999 ms", 0),
    ):  # fmt: skip
        raw = changed("node", {"sample_every": sample, "send_every": send or "1 s"})
        if not send:
            del raw["node"]["send_every"]
        if ms:
            assert check(raw)["node"]["send_every_ms"] == ms, (sample, send)
        else:
            reported = "[node]: send_every: 999 ms; give at least sample_every, which is 1 s"
            assert lines(raw) == [reported]
    # If one of the two times is wrong, the other is not checked against it.
    assert len(lines(changed("node", {"sample_every": "1", "send_every": "1 s"}))) == 1
    assert len(lines(changed("node", {"sample_every": "1 d", "send_every": "1"}))) == 1


def test_the_host_name_is_the_nodes_name_cut_to_32_bytes():
    for name, host_name in (
        ("n" * 31, "n" * 31), ("n" * 32, "n" * 32), ("n" * 33, "n" * 32), ("n" * 100, "n" * 32),
        ("é" * 17, "é" * 16), ("n" + "é" * 17, "n" + "é" * 15),
    ):  # fmt: skip
        node = check(changed("node", {"name": name}))["node"]
        assert (node["name"], node["host_name"]) == (name, host_name)
    node = check(json.loads(NODE))["node"]
    assert node["name"] == node["host_name"] == "esp32-000000"
    node = check(json.loads(NODE), "x" * 40)["node"]
    assert (node["name"], node["host_name"]) == ("x" * 40, "x" * 32)


def test_rows_have_a_longest_wait_only_if_they_are_staged():
    for durability, age, ms in (
        ("stage", None, 21_600_000), ("stage", "1 s", 1000), ("row", "1 s", 0), ("row", None, 0),
    ):  # fmt: skip
        changes = {"durability": durability, "stage_age_max": age or "1 s"}
        raw = changed("node", changes)
        if not age:
            del raw["node"]["stage_age_max"]
        assert check(raw)["node"]["stage_age_max_ms"] == ms, (durability, age)


def test_an_alert_needs_https():
    assert check(json.loads(NODE))["alert"] is None
    alert = check(changed("alert", {"url": "https://a.example/x"}))["alert"]
    assert alert == {"url": "https://a.example/x", "ca": ["auto"]}
    alert = check(changed("alert", {"url": "https://a.example", "ca": "b.pem"}))["alert"]
    assert alert["ca"] == ["b.pem"]
    for url in ("http://a.example/x", "HTTPS://a.example", "https:/a.example"):
        assert len(lines(changed("alert", {"url": url}))) == 1, url


def test_the_entries_of_each_section_are_bounded():
    for section, most in (("wifi", 8), ("uplink", 4)):
        for count in (1, most):
            assert len(check(several(section, [{}] * count))[section]) == count
    for section, most in (("wifi", 8), ("uplink", 4), ("sensor", 32)):
        reported = "[[%s]]: %d sections; keep at most %d" % (section, most + 1, most)
        assert lines(several(section, [{}] * (most + 1))) == [reported]
        errors = []
        found = sections.entries({section: [{}] * most}, section, most, errors)
        assert errors == [] and len(found) == most
        assert found[0] == ("[[%s]] 1" % section, {})
        assert found[-1] == ("[[%s]] %d" % (section, most), {})


def test_a_configuration_has_at_most_64_channels():
    sensors = [
        {"bus": "i2c%d" % (i // 2), "address": 0x76 + i % 2, "prefix": str(i)} for i in range(21)
    ]
    raw = several("sensor", sensors)
    raw["sensor"].append({"driver": "battery"})
    found = check(raw)["sensor"]
    assert sum([len(each["channels"]) for each in found]) == 64
    raw["sensor"].append({"driver": "battery", "prefix": "b"})
    assert lines(raw) == ["[[sensor]]: 65 channels in all; keep at most 64"]
    for counts, reported in (
        ((), None), ((32,), None), ((32, 32), None), ((33,), "a sensor of 33 channels"),
        ((1, 40, 2), "a sensor of 40 channels"), ((32, 31, 2), "65 channels in all"),
    ):  # fmt: skip
        errors = []
        config._check_count([{"channels": [0] * count} for count in counts], errors)
        assert [seen for _, seen, _ in errors] == ([reported] if reported else []), counts
    assert ROW_CHANNELS_MAX == 32


def test_fifty_errors_are_printed():
    for count, last in ((50, None), (51, "and 1 more")):
        raw = changed("node", {"zz%02d" % i: 1 for i in range(count)})
        error = raises(ConfigError, check, raw)
        found = str(error).split("\n")
        assert len(found) == min(count, 50) + bool(last) and len(error.errors) == count
        assert (found[-1] == last) == bool(last), count
        assert found[0].startswith("[node]: zz00: unknown key; known here: ")
        assert error.errors[-1][:2] == ("[node]: zz%02d" % (count - 1), "unknown key")


def test_channels_of_sensors():
    # A name of 100 bytes includes a prefix of 60 bytes.
    raw = changed("sensor", {"prefix": "p" * 60, "names": {"humidity": "h" * 40}})
    found = check(raw)["sensor"][0]
    assert found == {
        "driver": "bme280", "bus": "i2c0", "address": 0x76,
        "channels": [
            ("p" * 60 + "temperature", "°C", 2), ("p" * 60 + "h" * 40, "%", 2),
            ("p" * 60 + "pressure", "hPa", 2),
        ],
    }  # fmt: skip
    assert lines(changed("sensor", {"prefix": "p" * 61})) == [
        '[[sensor]] 1: prefix: "%s"; ' % ("p" * 61)
        + "give a text in quotes, 0 to 60 bytes of UTF-8 without control codes"
    ]
    assert check(changed("sensor", {"prefix": ""}))["sensor"][0]["channels"][0][0] == "temperature"
    # Two chips have the same address on the same bus.
    for bus, address, is_right in (
        ("i2c0", 0x76, False),
        ("i2c1", 0x76, True),
        ("i2c0", 0x77, True),
    ):
        raw = several("sensor", ({}, {"bus": bus, "address": address, "prefix": "b"}))
        if is_right:
            assert len(check(raw)["sensor"]) == 2
        else:
            assert len(lines(raw)) == 1
    # A sensor without an address is not a chip on a bus.
    raw = several("sensor", ({}, {"driver": "battery"}, {"driver": "battery", "prefix": "b"}))
    assert len(check(raw)["sensor"]) == 3
    for size, remedy in (
        (40, "correct it"),
        (41, 'give 1 to 40 letters, digits or any of "_"'),
    ):
        reported = lines(several("sensor", ({}, {"driver": "b" * size})))
        assert len(reported) == 1 and reported[0].startswith("[[sensor]] 2: driver: "), reported
        assert "; " + remedy in reported[0], reported


def test_a_second_fast_sensor_is_named_by_its_index():
    raw = several("sensor", ({}, {"driver": "lis3dh", "address": 0x18}))
    raw["sensor"][1].pop("names", None)
    assert check(raw)["node"]["stamps"] == "ms"
    raw["power"] = {"source": "battery"}
    assert [line.split(":")[0] for line in lines(raw)] == ["[[sensor]] 2"]
    raw["power"] = {"source": "mains"}
    raw["node"] = {"stamps": "ms"}
    assert check(raw)["node"]["stamps"] == "ms"
    for node in ({"stamps": "s"}, {"stamps": "s", "sample_every": "1 d"}):
        raw["node"] = node
        assert [line.split(";")[0] for line in lines(raw)] == ['[node]: stamps: "s"']
