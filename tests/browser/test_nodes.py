"""The page of `wherry server` with a dozen nodes: cards, search, pages of cards, no board."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from look import marked, newest_ms, press, wait_for_newer
from playwright.sync_api import expect
from running import running

COUNT = 12
CARDS = 8
_BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)


def deliver(server, second, names):
    """Post a temperature of each node, measured at a second after the first ones."""
    moment = (_BEGIN + timedelta(seconds=second)).isoformat()
    points = [
        {"ship_id": name, "cargo_id": "temperature", "value": 20 + second / 10, "time": moment}
        for name in names
    ]
    headers = {"X-API-Key": server["harbor"]["api_key"]}
    answer = httpx.post(server["harbor"]["endpoint"] + "/batch", json=points, headers=headers)
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The summary of a server to which COUNT nodes have delivered."""
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "server", "--json", "--plain-http") as process:
        summary = json.loads(process.stdout.readline())
        for second in range(10):
            deliver(summary, second, [f"node-{i}" for i in range(COUNT)])
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
    deliver(server, 60, ["node-4"])
    deliver(server, 60, ["node-5"])
    wait_for_newer(page, before_ms)


def test_a_server_without_a_board_has_no_switches_for_one(page):
    for name in ("wifi", "power", "crash", "speed-1"):
        expect(marked(page, name)).to_be_hidden()
    for name in ("server-429", "server-ok"):
        press(page, name)


def test_the_key_is_not_on_the_page(page, server, open_page):
    marked(page, "request-row").first.click()
    marked(page, "request-texts").first.wait_for()
    assert server["harbor"]["api_key"] not in page.content() + open_page.watched()[0].sent()
