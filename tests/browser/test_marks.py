"""Marks in the charts: no power, no Wi-Fi, refused; a band, a symbol, the legend and the tip."""

import json
import time

import pytest
from look import marked, press, wait_for_newer, wait_for_state
from playwright.sync_api import expect
from running import running
from wherry_host.server.store import Store

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


@pytest.mark.parametrize("kind, text", (("wifi", "no Wi-Fi"), ("power", "no power")))
def test_an_outage_of_the_demo_is_marked_from_beginning_to_end(page, kind, text):
    # A fiftieth of the axis is free after the present.
    present = "(50 * wherry.move[1] + wherry.move[0]) / 51"
    wait_for_state(page, "sampling")
    wait_for_newer(page, 0)
    # Marks of earlier tests are on the axis too.
    begin_ms = page.evaluate(present)
    spans = f"wherry.marks.list.filter(([kind, from]) => kind === '{kind}' && from > {begin_ms})"
    end = f"{spans}.at(-1)[2]"
    press(page, kind)
    try:
        page.wait_for_function(f"{spans}.length")
        # It is still in progress: its end moves with the time.
        page.wait_for_function(f"before => {end} > before", arg=page.evaluate(end))
        marked(page, "chart-temperature").locator(f".mark.{kind}").last.wait_for()
        expect(marked(page, f"legend-{kind}")).to_have_text(text)
    finally:
        press(page, kind)
    wait_for_state(page, "sampling")
    # It is over: the present is later than its end.
    page.wait_for_function(f"{present} - {end} > 5000")
    assert page.evaluate(f"{spans}.length") == 1
