"""Colours of the page: each text and each mark has a contrast of at least 4.5:1."""

import re
from pathlib import Path

import pytest
import wherry_host.page

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


def test_contrast_agrees_with_wcag():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


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
