"""A person's clicks that disturb the node and its server, and their effect on the page."""

from itertools import pairwise

import pytest
from look import (
    account,
    marked,
    moments,
    newest_ms,
    press,
    series,
    wait_for_gap,
    wait_for_more,
    wait_for_newer,
    wait_for_state,
)
from playwright.sync_api import expect
from running import SPEED

# The account is read before the curve: readings that arrive in between are drawn later.
_ON_ITS_WAY_MS = 5000
_CHANNELS_COUNT = 6


@pytest.fixture(autouse=True)
def undisturbed(page):
    """Make every test begin and end with a node that samples, even if the test fails."""
    wait_for_newer(page, 0)
    wait_for_state(page, "sampling")
    yield
    for name in ("wifi", "power", "server-ok", f"speed-{SPEED}"):
        if marked(page, name).get_attribute("aria-pressed") == "false":
            press(page, name)
    wait_for_state(page, "sampling")


def waiting(page):
    return account(page)["waiting"]


def wait_while_nothing_comes(page, readings):
    """Wait for `count` more waiting readings while the curve stops; return its end in ms."""
    wait_for_more(page, "account-waiting", waiting(page))
    from_ms = newest_ms(page)
    wait_for_more(page, "account-waiting", waiting(page) + readings)
    end_ms = newest_ms(page)
    assert end_ms <= from_ms + _ON_ITS_WAY_MS < from_ms + readings // _CHANNELS_COUNT * 1000
    return end_ms


def test_without_wifi_readings_wait_and_come_late_at_their_own_time(page):
    press(page, "wifi")
    assert marked(page, "wifi").text_content() == "Wi-Fi off"
    wait_for_state(page, "no Wi-Fi")
    expect(marked(page, "legend-wifi")).to_have_text("no Wi-Fi")
    # A reading is late after the sum of 1 s, 1.5 intervals of 3 s, and 2 s; wait for some 20 s.
    from_ms = wait_while_nothing_comes(page, 20 * _CHANNELS_COUNT)
    press(page, "wifi")
    wait_for_state(page, "sampling")
    wait_for_newer(page, from_ms + 10_000)
    late_ms = [time_ms for time_ms in moments(series(page)[1]) if time_ms > from_ms]
    assert len(late_ms) > 5 and late_ms == sorted(late_ms)
    spacing_ms = [after - before for before, after in pairwise(late_ms)]
    # If they were stamped at arrival, they would leave a gap during the outage.
    assert max(spacing_ms) < 10_000, spacing_ms


def test_a_power_cut_leaves_a_gap(page):
    press(page, "power")
    assert marked(page, "power").text_content() == "Power off"
    wait_for_state(page, "no power")
    expect(marked(page, "legend-power")).to_have_text("no power")
    assert marked(page, "crash").is_disabled()
    cut_ms = newest_ms(page)
    page.wait_for_function(
        """before => document.querySelector('[data-test="clock"]').textContent !== before""",
        arg=marked(page, "clock").text_content(),
    )
    press(page, "power")
    wait_for_state(page, "sampling")
    wait_for_newer(page, cut_ms)
    wait_for_gap(page)


def test_a_crash_is_survived(page):
    page.evaluate(
        """() => {
          const state = document.querySelector('[data-test="node-state"]');
          window.states = [];
          new MutationObserver(() => states.push(state.dataset.state))
            .observe(state, { attributes: true });
        }"""
    )
    before_ms, delivered = newest_ms(page), account(page)["delivered"]
    # A slow node starts for seconds, so that the page shows it.
    press(page, "speed-1")
    press(page, "crash")
    page.wait_for_function("states.includes('starting')")
    press(page, f"speed-{SPEED}")
    wait_for_state(page, "sampling")
    wait_for_newer(page, before_ms + 3000)
    wait_for_more(page, "account-delivered", delivered)


def test_a_server_that_refuses(page):
    # A silent server reads no request, so none is logged.
    for name, status in (("429", "429"), ("500", "500"), ("silence", None)):
        press(page, f"server-{name}")
        if status:
            page.locator('[data-test="request-status"]', has_text=status).first.wait_for()
        wait_for_state(page, "overdue")
        from_ms = wait_while_nothing_comes(page, 8 * _CHANNELS_COUNT)
        press(page, "server-ok")
        wait_for_newer(page, from_ms)
        wait_for_state(page, "sampling")
