"""One node that sends to three services: one card with its uplinks, and its own time."""

import re

import pytest
from look import marked, wait_for_newer, wait_for_state
from playwright.sync_api import expect
from running import page_of, running

UPLINKS = {"harbor_v2": "Harbor v2", "sensocan": "SensoCan", "here": "HERE Tracking"}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The page of a `wherry demo` with three uplinks."""
    folder = tmp_path_factory.mktemp("boards")
    uplinks = [word for kind in ("harbor", "sensocan", "here") for word in ("--uplink", kind)]
    with running(folder, "demo", "--page", "--seed", 7, "--seconds", 600, *uplinks) as process:
        yield page_of(process)


@pytest.fixture
def page(url, open_page):
    return open_page(url)


def choose(page, api):
    page.locator(f'[data-test="node-uplink"][data-api="{api}"]').click()


def test_a_board_with_three_uplinks_is_one_card(page):
    wait_for_state(page, "sampling")
    uplinks = page.locator('[data-test="node-uplink"]:visible')
    expect(uplinks).to_have_count(len(UPLINKS))
    expect(uplinks.locator("span:first-child")).to_have_text(list(UPLINKS.values()))
    expect(page.locator('[data-test="node-card"]:visible')).to_have_count(1)
    expect(marked(page, "fleet")).to_be_hidden()


def test_the_chosen_uplink_is_shown(page):
    for api, title in UPLINKS.items():
        choose(page, api)
        expect(marked(page, "device")).to_have_text(f"demo · {title}")
        wait_for_newer(page, 0)
    expect(marked(page, "account")).to_contain_text("as the node counted at")
    choose(page, "harbor_v2")
    expect(marked(page, "account")).to_contain_text("where every reading is now")


def test_the_page_shows_that_its_time_is_ahead(page):
    expect(marked(page, "pace")).to_have_text("")
    marked(page, "speed-20").click()
    expect(marked(page, "pace")).to_have_text(
        re.compile("^20\N{MULTIPLICATION SIGN}, .* ahead of this computer$")
    )
    marked(page, "speed-1").click()
    expect(marked(page, "pace")).to_have_text(re.compile(r"^\d.* ahead of this computer$"))
