"""The uplinks of a configuration: the channels, names and cadence of each."""

from support.config.changed_config import changed, lines, several
from wherry.config import uplinks
from wherry.config.check import check


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


def test_the_kind_and_the_rate_of_an_uplink_are_bounded():
    for size, reported in ((40, "unknown uplink"), (41, "give 1 to 40 letters")):
        line = lines(changed("uplink", {"kind": "b" * size}))
        assert len(line) == 1 and reported in line[0], line
    for text, is_right in (
        ("7 d", True),
        ("604800001 ms", False),
        ("100 ms", True),
        ("99 ms", False),
    ):
        raw = changed("uplink", {"send_every": text})
        raw["node"] = {"sample_every": "100 ms"}
        if is_right:
            check(raw)
        else:
            assert "give 100 ms to 7 d as" in lines(raw)[0] and len(lines(raw)) == 1


def test_labels_number_the_uplinks_of_a_kind():
    typed = [{"kind": kind, "label": label} for kind, label in (
        ("a", None), ("b", None), ("a", None), ("a", "x"), ("b", None), ("a", None),
    )]  # fmt: skip
    typed[3:3] = [None, {"kind": "a", "label": ...}]
    errors = []
    uplinks.name_uplinks(typed, errors)
    assert [each and each["label"] for each in typed] == [
        "a", "b", "a-2", None, ..., "x", "b-2", "a-5",
    ] and errors == []  # fmt: skip
    typed = [
        {"kind": "a", "label": "x"},
        {"kind": "b", "label": None},
        {"kind": "b", "label": "x"},
    ]
    uplinks.name_uplinks(typed, errors)
    assert errors == [
        ("[[uplink]] 3: label", '"x", as [[uplink]] 1', "give each uplink its own label")
    ]
