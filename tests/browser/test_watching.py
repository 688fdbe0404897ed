"""The page without clicks: moving curves, colours, any width; marks of outages."""

import json
import time

import pytest
from look import marked, moments, newest_ms, series, wait_for_newer, wait_for_state
from playwright.sync_api import expect
from running import running
from wherry_host.server.store import Store


def test_curves_move_and_the_clock_runs(page):
    wait_for_newer(page, 0)
    begin_ms, shown = newest_ms(page), marked(page, "clock").text_content()
    wait_for_newer(page, begin_ms + 3000)
    times_ms = moments(series(page)[0])
    assert times_ms == sorted(times_ms)
    # The points may have arrived in less than a second, the clock's resolution.
    clock = "document.querySelector('[data-test=clock]')"
    page.wait_for_function(f"shown => {clock}.textContent !== shown", arg=shown)
    values = [value for _, value in series(page)[0] if value is not None]
    assert all(-40 < value < 85 for value in values)


def test_the_card_shows_the_state(page):
    wait_for_state(page, "sampling")
    assert marked(page, "node-name").first.text_content() == "demo"
    assert "seen" in marked(page, "node-seen").first.text_content()
    for name, unit in (("battery", "V"), ("rssi", "dBm"), ("clock-error", "ms")):
        assert unit in marked(page, f"node-{name}").first.text_content(), name


def test_a_telephone_scrolls_down_only(demo, open_page):
    page = open_page(demo.url, viewport={"width": 390, "height": 844}, has_touch=True)
    wait_for_newer(page, 0)
    marked(page, "request-row").first.click()
    marked(page, "request-texts").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("wifi", "power", "crash", "speed-20", "server-silence", "window-all", "theme"):
        box = marked(page, name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, name
        assert box["height"] >= 24, name


_GROUND = """() => getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3)
  .reduce((sum, part) => sum + Number(part), 0) / 3"""


def test_dark_and_light(demo, open_page):
    for scheme in ("dark", "light"):
        page = open_page(demo.url, color_scheme=scheme)
        wait_for_newer(page, 0)
        ground = page.evaluate(_GROUND)
        assert (ground < 100) == (scheme == "dark"), (scheme, ground)
        marked(page, "theme").click()
        page.wait_for_function(f"before => Math.abs(({_GROUND})() - before) > 100", arg=ground)
        page.reload()
        page.wait_for_function(f"before => Math.abs(({_GROUND})() - before) > 100", arg=ground)


# Marks of a server's file.

API = "harbor_v2"
_MIN_US = 60_000_000
# (minutes before the newest reading, boots, reset cause): a loss of power, a reset by software.
HEALTH = ((60, 4, 1), (50, 4, 1), (40, 5, 1), (30, 5, 1), (20, 6, 3), (10, 6, 3), (0, 6, 3))
# (minutes before the newest reading, status of the request).
FAILED = ((25, 429), (24.5, 0))
_BAND_PX_MIN = 3
# The middle of a mark in the window.
_MIDDLE = """kind => {
  const chart = document.querySelector('[data-test="chart-temperature"]');
  const box = chart.querySelector(`.marks > .mark.${kind}`).getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""
# The text of the tip, "" without a crosshair.
_TIP = """() =>
  document.querySelector('[data-test="chart-temperature"] .cross.on .tip')?.innerText ?? ""
"""
_PATIENCE_S = 30
_BANDS_COUNT = "count => document.querySelectorAll('.marks > .mark').length === count"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The summary of a server on a file of two nodes, one of them without any failure."""
    end_us = time.time_ns() // 1_000_000_000 * 1_000_000
    path = tmp_path_factory.mktemp("stored") / "points.db"
    store = Store(path)
    for ago_min, boots, cause in HEALTH:
        moment_us = end_us - ago_min * _MIN_US
        values = {"temperature": 20, "node_boots": boots, "node_reset_cause": cause}
        points = [("cut", name, moment_us, value) for name, value in values.items()]
        store.add(API, [*points, ("well", "temperature", moment_us, 20)], moment_us)
    for ago_min, status in FAILED:
        moment_us = end_us - int(ago_min * _MIN_US)
        store.log(moment_us, API, "POST", "/batch", status, "[]", "", "cut")
    store.close()
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "server", "--json", "--plain-http", "--db", path) as process:
        yield json.loads(process.stdout.readline())


def expect_tip(page, kind, text):
    """Keep the pointer on the mark of a kind until the tip ends with `text`.

    The mark may still move while a new chart and the panels above it are laid out.
    """
    marked(page, "chart-temperature").scroll_into_view_if_needed()
    end_s = time.monotonic() + _PATIENCE_S
    while (last := page.evaluate(_TIP).split("\n")[-1]) != text:
        assert time.monotonic() < end_s, f"the tip ends with {last!r}"
        page.mouse.move(*page.evaluate(_MIDDLE, kind))


def test_a_loss_of_power_and_refusals_are_marked_in_each_chart(server, open_page):
    page = open_page(server["page"])
    page.wait_for_function(_BANDS_COUNT, arg=2)
    for kind in ("power", "refused"):
        band = marked(page, "chart-temperature").locator(f".marks > .mark.{kind}")
        assert band.bounding_box()["width"] >= _BAND_PX_MIN
        expect(marked(page, f"legend-{kind}")).to_be_visible()
    expect(marked(page, "legend-wifi")).to_be_hidden()
    expect_tip(page, "power", "restarted after a loss of power")
    # It is between two readings, where the crosshair otherwise moves to the nearest one.
    expect_tip(page, "refused", "refused: connection cut, 429")
    page.mouse.move(1, 1)
    # Each chart has them.
    marked(page, "health").locator("summary").click()
    page.wait_for_function(_BANDS_COUNT, arg=2 * 3)
    # The legend names the kinds on the axis only.
    from_ms, to_ms = page.evaluate("wherry.move")
    page.evaluate("range => wherry.zoom.ask(range)", [from_ms, from_ms + (to_ms - from_ms) / 10])
    page.wait_for_function(_BANDS_COUNT, arg=0)
    expect(marked(page, "legend-power")).to_be_hidden()


def test_a_node_without_trouble_has_no_mark(server, open_page):
    page = open_page(server["page"])
    page.wait_for_function(_BANDS_COUNT, arg=2)
    page.locator('[data-test="node-card"][data-node="well"]').click()
    page.wait_for_function(_BANDS_COUNT, arg=0)
    for kind in ("power", "wifi", "refused"):
        expect(marked(page, f"legend-{kind}")).to_be_hidden()
