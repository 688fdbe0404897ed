"""Malicious strings and numbers as the page shows them."""

import json

from wherry_host.page.feed import Feed
from wherry_host.page.log import pretty
from wherry_host.page.markup import brief, short
from wherry_host.server.service import Service

MINUS = "\N{MINUS SIGN}"


def test_bodies():
    deep = "[" * 4000
    closed = "[" * 400 + "]" * 400
    for text, shown in (
        ("", "empty"),
        ("no JSON", "no JSON"),
        ('{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'),
        ('"\\u00e4"', '"ä"'),
        # Half a surrogate pair is not a character; a whole pair is one.
        ('"\\ud800"', '"\\ud800"'),
        ('{"\\udfff": 1}', '{\n  "\\udfff": 1\n}'),
        ('"\\ud83d\\ude00"', '"\N{GRINNING FACE}"'),
        (deep, deep),
        (closed, closed),
        ("1" * 5000, "1" * 5000),
    ):
        assert pretty(text) == shown, text[:40]
        shown.encode()


def test_a_key_that_was_hidden_by_escapes():
    with Service() as service:
        feed = Feed(service)
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in service.api_key)
        for body in (escaped, service.api_key, "a" * 5000 + escaped):
            text = json.dumps({"ship_id": "?"}).replace("?", body)
            shown = feed.masked(pretty(text))
            assert service.api_key not in shown and "***" in shown


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
