"""A settled configuration: derived values and limits of counts; and random configurations."""

import json
import random

from support.config.changed_config import NODE, changed, lines, several
from support.node.check import raises
from wherry.config.check import ConfigError, check


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


def test_fifty_errors_are_printed():
    for count, last in ((50, None), (51, "and 1 more")):
        raw = changed("node", {"zz%02d" % i: 1 for i in range(count)})
        error = raises(ConfigError, check, raw)
        found = str(error).split("\n")
        assert len(found) == min(count, 50) + bool(last) and len(error.errors) == count
        assert (found[-1] == last) == bool(last), count
        assert found[0].startswith("[node]: zz00: unknown key; known here: ")
        assert error.errors[-1][:2] == ("[node]: zz%02d" % (count - 1), "unknown key")


_SEED = 20261120
_TREE_COUNT = 3000
_SECRET = "Hush-Hush-7"
_PLAIN = """{"node": {"name": "n", "sample_every": "1 s"}, "time": {"sntp": ["a.example"]},
"wifi": [{"ssid": "garden", "password": "Hush-Hush-7"}], "power": {"source": "mains"},
"uplink": [{"kind": "harbor", "endpoint": "https://a.example/x", "api_key": "Hush-Hush-7"}],
"sensor": [{"driver": "bme280", "names": {"humidity": "h"}}, {"driver": "battery"}]}"""
_SECTIONS = ("node", "wifi", "uplink", "sensor", "power", "time")
_WORDS = _SECTIONS + (
    "name", "sample_every", "send_every", "ssid", "password", "kind", "endpoint", "harbor_id",
    "api_key", "ca", "driver", "bus", "address", "names", "sntp", "harbor", "bme280", "1 s",
    "https://a.example/x", "\x1b[2J",
)  # fmt: skip


def judged(content):
    """Check the bytes' content, if they are JSON; return the text of the errors, or None."""
    try:
        raw = json.loads(content)
    except (ValueError, TypeError, RuntimeError):  # CPython raises the last for deep nesting.
        return "no JSON"
    try:
        check(raw, "n", ("bme280",), ("harbor",))
    except ConfigError as error:
        text = str(error)
        assert not any(ord(c) < 32 and c != "\n" for c in text), text
        assert text.count("\n") <= 50, text
        return text


def tree(depth):
    """Return a random JSON value; its strings and keys are words from configurations."""
    kind = random.randrange(6 if depth else 4)
    if kind == 0:
        return random.choice((None, True, False, -1, 0, 118, 1 << 70, 0.5, ""))
    if kind < 4:
        return random.choice(_WORDS)
    items = [tree(depth - 1) for _ in range(random.randrange(4))]
    return items if kind == 4 else {random.choice(_WORDS): item for item in items}


def test_any_tree_in_any_section():
    random.seed(_SEED)
    for _ in range(_TREE_COUNT):
        raw = json.loads(_PLAIN)
        for _ in range(random.randint(1, 4)):
            section = random.choice(_SECTIONS)
            place = raw.get(section)
            if type(place) is list and place and random.randrange(3):
                place = random.choice(place)
            if type(place) is dict:
                place[random.choice(_WORDS)] = tree(2)
            else:
                raw[section] = tree(3)
        text = judged(json.dumps(raw).encode())
        assert text is None or _SECRET not in text, raw
    print(_TREE_COUNT, "trees, seed", _SEED)
