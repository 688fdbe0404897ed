"""Words, numbers and colours of the page: channels, malicious bodies, reasons, contrasts."""

import json
import re
from pathlib import Path

import pytest
import wherry_host.page
from wherry import health_channels
from wherry.config.derive import DERIVED
from wherry_host.config import drivers
from wherry_host.page.channels import label, person_name, unit
from wherry_host.page.markup import brief, short
from wherry_host.page.set_aside import reason

MINUS = "\N{MINUS SIGN}"


def test_numbers_are_never_long():
    for value, places, shown in (
        (0, 0, "0"), (-61.4, 0, "~61"), (3.916, 2, "3.92"), (1234567, 0, "1,234,567"),
        (1e308, 2, "1e+308"), (-1.2345e12, 0, "~1.23e+12"), (float("inf"), 0, "inf"),
        (1e-300, 2, "0.00"),
    ):  # fmt: skip
        assert brief(value, places) == shown.replace("~", MINUS)
    for value, digits, shown in (
        (-21.4375, 7, "~21.4375"),
        (1 / 3, 6, "0.333333"),
        (1e308, 6, "1e+308"),
    ):
        assert short(value, digits) == shown.replace("~", MINUS)


TABLES = [
    [(name, of_driver) for name, of_driver, _ in drivers.channels(driver)]
    for driver in drivers.names()
]


def test_names_and_units():
    for channel, expected in (
        ("temperature", "temperature, °C"),
        ("free_memory", "free memory, MiB"),
        ("cpu_temperature", "CPU temperature, °C"),
        ("co2", "CO₂, ppm"),
        # The demo has these where two sensors share a channel.
        ("bme280_temperature", "bme280 temperature, °C"),
        ("node_rssi", "signal, dBm"),
        ("node_clock_error_ms", "clock error, ms"),
        # The meaning of other names is unknown.
        ("indoor_temperature", "indoor temperature"),
        ("node_fuel", "fuel"),
    ):
        assert label(channel) == expected


@pytest.mark.parametrize("driver", drivers.names())
def test_each_channel_of_a_driver_has_its_unit(driver):
    for name, of_driver, _ in drivers.channels(driver):
        others = {dict(table)[name] for table in TABLES if name in dict(table)}
        assert unit(name) == (of_driver if len(others) == 1 else ""), name
        assert unit(f"{driver}_{name}") == of_driver


def test_each_derived_channel_and_each_of_the_node_s_own_is_known():
    for name, (_, of_derived, _) in DERIVED.items():
        assert unit(name) == of_derived
    for name, of_own, decimals in health_channels.CHANNELS:
        assert decimals == 0
        assert "_" not in person_name(name) and "node" not in person_name(name)
        expected = "dBm" if name == "node_rssi" else "ms" if name.endswith("_ms") else of_own
        assert unit(name) == expected, name


NO_REASON = "The server gave no reason."
STORED_NOTHING = "The server accepted the request and stored nothing."


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    (
        (400, {"message": "Validation Error", "details": "Too old"}, "Validation Error: Too old"),
        (422, {"message": "Bad.", "errors": {"data.0.value": ["It is high."]}}, "Bad: It is high"),
        (
            400,
            {
                "error": "Bad request", "code": 400, "id": "5f1c", "message": "Bad request",
                "details": {"hereErrorCode": 400306, "reason": "0.timestamp: too old"},
            },
            "Bad request: 0.timestamp: too old",
        ),
        (202, {"count": 0, "status": "queued"}, STORED_NOTHING),
        (400, {"count": 0}, NO_REASON),
        (400, {"details": [{"loc": ["[0].ShipID"], "msg": "Long", "type": "max"}]}, "Long"),
    ),
)  # fmt: skip
def test_a_reason_is_the_sentences_of_an_answer(status, answer, words):
    assert reason(json.dumps(answer), status) == words


def test_an_answer_that_is_not_json_is_its_own_reason():
    cut = json.dumps({"message": "x" * 600})[:500]
    for answer in ("out of order", cut, "[" * 500):
        assert reason(answer, 400) == answer
    assert reason("", 400) == NO_REASON


CSS = (Path(wherry_host.page.__file__).parent / "page.css").read_text()
CONTRAST_MIN = 4.5
GROUNDS = ("ground", "surface", "sunken")
# Backgrounds, and the lines and shadows between them, which have no meaning.
NO_MARKS = {*GROUNDS, "line", "accent-soft", "shadow"}
THEMES = {"light": ":root", "dark": "body.body--dark"}


def colors(selector):
    """Return {variable: value} of the first rule of a selector."""
    rule = re.search(re.escape(selector) + r" \{(.*?)\}", CSS, re.DOTALL)[1]
    return dict(re.findall(r"--([a-z-]+): ([^;]+);", rule))


def luminance(color):
    """Return the relative luminance of #rrggbb, as WCAG 2.2 defines it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_mark_contrasts_with_every_background(theme):
    known = colors(THEMES[theme])
    marks = known.keys() - NO_MARKS
    assert {"text", "muted", "accent", "late", "good", "waiting", "quiet"} <= marks
    low = {
        (mark, ground): contrast(known[mark], known[ground])
        for mark in marks
        for ground in GROUNDS
        if contrast(known[mark], known[ground]) < CONTRAST_MIN
    }
    assert low == {}


def test_both_themes_have_the_same_colors_and_rules_name_no_others():
    light, dark = (colors(selector) for selector in THEMES.values())
    assert light.keys() == dark.keys()
    rules = CSS.split("html { background", 1)[1].split("}", 2)[2]
    assert re.findall(r"color: (#[0-9a-f]+)|opacity", rules) == []
