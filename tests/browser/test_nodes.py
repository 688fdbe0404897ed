"""Cards: a dozen nodes, one node that sends to three services, and malicious nodes."""

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from look import marked, newest_ms, press, wait_for_newer, wait_for_state
from playwright.sync_api import expect
from running import page_of, running

COUNT = 12
CARDS = 8
_BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)


def post(server, text):
    """Post `text` as the body of a batch."""
    headers = {"X-API-Key": server["harbor"]["api_key"], "Content-Type": "application/json"}
    return httpx.post(server["harbor"]["endpoint"] + "/batch", content=text, headers=headers)


def deliver(server, name, second=120, **values):
    """Post a point of each channel, measured at a second after the first ones."""
    moment = (_BEGIN + timedelta(seconds=second)).isoformat()
    points = [
        {"ship_id": name, "cargo_id": channel, "value": value, "time": moment}
        for channel, value in values.items()
    ]
    answer = post(server, json.dumps(points))
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The summary of a server to which COUNT nodes have delivered."""
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "server", "--json", "--plain-http") as process:
        summary = json.loads(process.stdout.readline())
        for second in range(10):
            for i in range(COUNT):
                deliver(summary, f"node-{i}", second, temperature=20 + second / 10)
        yield summary


@pytest.fixture
def page(server, open_page):
    page = open_page(server["page"])
    wait_for_newer(page, 0)
    return page


def expect_cards(page, names):
    """Wait until the names on the cards are these, in this order."""
    cards = page.locator('[data-test="node-card"]:visible')
    expect(cards.locator('[data-test="node-name"]')).to_have_text(names)


def test_cards_are_shown_in_pages(page):
    names = [f"node-{i}" for i in range(COUNT)]
    expect_cards(page, names[:CARDS])
    expect(marked(page, "page-back")).to_be_disabled()
    marked(page, "page-on").click()
    place = f"{CARDS + 1}\N{EN DASH}{COUNT} of {COUNT}"
    marked(page, "page-place").get_by_text(place).wait_for()
    expect_cards(page, names[CARDS:])
    expect(marked(page, "page-on")).to_be_disabled()


def test_a_search_finds_by_name(page):
    marked(page, "search").fill("node-11")
    expect_cards(page, ["node-11"])
    marked(page, "search").fill("nowhere")
    marked(page, "no-nodes").wait_for()
    expect_cards(page, [])


def test_a_click_chooses_the_node_whose_curves_are_shown(page, server):
    card = page.locator('[data-test="node-card"][data-node="node-5"]')
    card.click()
    marked(page, "device").get_by_text("node-5", exact=True).wait_for()
    wait_for_newer(page, 0)
    expect(card).to_have_attribute("aria-pressed", "true")
    before_ms = newest_ms(page)
    for name in ("node-4", "node-5"):
        deliver(server, name, 60, temperature=26)
    wait_for_newer(page, before_ms)


def test_a_server_without_a_board_has_no_switches_for_one(page):
    for name in ("wifi", "power", "crash", "speed-1"):
        expect(marked(page, name)).to_be_hidden()
    for name in ("server-429", "server-ok"):
        press(page, name)


UPLINKS = {"harbor_v2": "Harbor v2", "sensocan": "SensoCan", "here": "HERE Tracking"}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The page of a `wherry demo` with three uplinks."""
    folder = tmp_path_factory.mktemp("boards")
    uplinks = [word for kind in ("harbor", "sensocan", "here") for word in ("--uplink", kind)]
    with running(folder, "demo", "--page", "--seed", 7, "--seconds", 600, *uplinks) as process:
        yield page_of(process)


def choose_uplink(page, api):
    page.locator(f'[data-test="node-uplink"][data-api="{api}"]').click()


def test_a_board_with_three_uplinks_is_one_card(url, open_page):
    page = open_page(url)
    wait_for_state(page, "sampling")
    uplinks = page.locator('[data-test="node-uplink"]:visible')
    expect(uplinks).to_have_count(len(UPLINKS))
    expect(uplinks.locator("span:first-child")).to_have_text(list(UPLINKS.values()))
    expect(page.locator('[data-test="node-card"]:visible')).to_have_count(1)
    expect(marked(page, "fleet")).to_be_hidden()


def test_the_chosen_uplink_is_shown(url, open_page):
    page = open_page(url)
    for api, title in UPLINKS.items():
        choose_uplink(page, api)
        expect(marked(page, "device")).to_have_text(f"demo · {title}")
        wait_for_newer(page, 0)
    expect(marked(page, "account")).to_contain_text("as the node counted at")
    choose_uplink(page, "harbor_v2")
    expect(marked(page, "account")).to_contain_text("where every reading is now")


def test_the_page_shows_that_its_time_is_ahead(url, open_page):
    page = open_page(url)
    expect(marked(page, "pace")).to_have_text("")
    marked(page, "speed-20").click()
    expect(marked(page, "pace")).to_have_text(
        re.compile("^20\N{MULTIPLICATION SIGN}, .* ahead of this computer$")
    )
    marked(page, "speed-1").click()
    expect(marked(page, "pace")).to_have_text(re.compile(r"^\d.* ahead of this computer$"))


# Malicious nodes: the page keeps its layout and does not show the key.

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True}
LONG = "n" * 100


@pytest.fixture
def empty_server(tmp_path):
    """The summary of a server that knows no node."""
    with running(tmp_path, "server", "--json", "--plain-http") as process:
        yield json.loads(process.stdout.readline())


def test_nothing_makes_the_page_scroll_sideways(empty_server, open_page):
    counts = {f"node_{place}": 1e308 for place in ("sampled", "delivered", "waiting", "rssi")}
    values = {LONG: -1e308, "battery_voltage": 1e308, "node_clock_error_ms": -1.7e308, **counts}
    page = open_page(empty_server["page"], **PHONE)
    for name in (LONG, "N" * 99):
        deliver(empty_server, name, **values)
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


def test_nodes_that_arrive_in_one_moment(empty_server, open_page):
    page = open_page(empty_server["page"])
    marked(page, "no-nodes").wait_for()
    for name in ("b", "a"):
        deliver(empty_server, name, temperature=20.5, **{f"c{i}": i for i in range(12)})
    wait_for_newer(page, 0)
    # The chosen node is the first to arrive, or the first by name if both arrived together.
    first = marked(page, "device").text_content()
    assert first in ("a", "b")
    deliver(empty_server, "c", humidity=40.25)
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


def test_bodies_with_hidden_secrets(empty_server, open_page):
    key = "".join(f"\\u{ord(letter):04x}" for letter in empty_server["harbor"]["api_key"])
    page = open_page(empty_server["page"])
    for text, shown in ((f'["{key}"]', "***"), ('["\\ud800"]', "\\ud800"), ("[" * 4000, "[[[")):
        post(empty_server, text)
        path = page.locator('[data-test="request-row"][aria-expanded="false"]')
        path.first.click()
        expect(marked(page, "request-body").first).to_contain_text(shown)
    html = page.content() + open_page.watched()[0].sent()
    assert empty_server["harbor"]["api_key"] not in html
