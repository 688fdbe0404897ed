"""Malicious nodes: the page keeps its layout and does not show the key."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from look import marked, press, wait_for_newer
from playwright.sync_api import expect
from running import running

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True}
LONG = "n" * 100


@pytest.fixture
def server(tmp_path):
    """The summary of a server that knows no node."""
    with running(tmp_path, "server", "--json", "--plain-http") as process:
        yield json.loads(process.stdout.readline())


def post(server, text):
    """Post `text` as the body of a batch."""
    headers = {"X-API-Key": server["harbor"]["api_key"], "Content-Type": "application/json"}
    return httpx.post(server["harbor"]["endpoint"] + "/batch", content=text, headers=headers)


def deliver(server, name, **values):
    """Post a point of each channel, measured now."""
    moment = datetime.now(UTC).isoformat()
    points = [
        {"ship_id": name, "cargo_id": channel, "value": value, "time": moment}
        for channel, value in values.items()
    ]
    answer = post(server, json.dumps(points))
    assert answer.is_success, answer.text


def test_nothing_makes_the_page_scroll_sideways(server, open_page):
    counts = {f"node_{place}": 1e308 for place in ("sampled", "delivered", "waiting", "rssi")}
    values = {LONG: -1e308, "battery_voltage": 1e308, "node_clock_error_ms": -1.7e308, **counts}
    page = open_page(server["page"], **PHONE)
    for name in (LONG, "N" * 99):
        deliver(server, name, **values)
        wait_for_newer(page, 0, LONG)
        marked(page, "health").locator("summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
        outside = page.evaluate(
            """() => [...document.querySelectorAll(".panel *, .top *")].filter((element) =>
              element.checkVisibility() && !element.closest("canvas, .nicegui-echart") &&
              element.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML)"""
        )
        assert outside == []
    assert marked(page, "node-name").first.get_attribute("title") in (LONG, "N" * 99)


def test_nodes_that_arrive_in_one_moment(server, open_page):
    page = open_page(server["page"])
    marked(page, "no-nodes").wait_for()
    for name in ("b", "a"):
        deliver(server, name, temperature=20.5, **{f"c{i}": i for i in range(12)})
    wait_for_newer(page, 0)
    # The chosen node is the first to arrive, or the first by name if both arrived together.
    first = marked(page, "device").text_content()
    assert first in ("a", "b")
    deliver(server, "c", humidity=40.25)
    page.locator('[data-test="node-card"][data-node="c"]').wait_for()
    expect(marked(page, "device")).to_have_text(first)
    # Charts that have just been made are given to another node repeatedly.
    for name in ("c", "b", "c", "a", "c"):
        page.locator(f'[data-test="node-card"][data-node="{name}"]').click()
    # Clicks are handled in order: this one is the last.
    press(page, "window-1h")
    expect(marked(page, "device")).to_have_text("c")
    expect(marked(page, "value-humidity")).to_have_text("40.25")
    expect(marked(page, "chart-temperature")).to_have_count(0)
    wait_for_newer(page, 0, "humidity")


def test_bodies_with_hidden_secrets(server, open_page):
    key = "".join(f"\\u{ord(letter):04x}" for letter in server["harbor"]["api_key"])
    page = open_page(server["page"])
    for text, shown in ((f'["{key}"]', "***"), ('["\\ud800"]', "\\ud800"), ("[" * 4000, "[[[")):
        post(server, text)
        path = page.locator('[data-test="request-row"][aria-expanded="false"]')
        path.first.click()
        expect(marked(page, "request-body").first).to_contain_text(shown)
    html = page.content() + open_page.watched()[0].sent()
    assert server["harbor"]["api_key"] not in html


def test_the_page_also_works_under_the_name_of_the_host(server, open_page):
    page = open_page(server["page"].replace("127.0.0.1", "localhost"))
    deliver(server, "b", temperature=20.5)
    wait_for_newer(page, 0)
