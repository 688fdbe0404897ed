"""The page without clicks: moving curves, the account, requests, at any width."""

from look import (
    account,
    marked,
    moments,
    newest_ms,
    series,
    wait_for_newer,
    wait_for_state,
)

# The bench measures the goal of two seconds: a page that takes longer than this is broken.
FIRST_PAINT_MS_MAX = 10_000


def test_the_first_paint_is_fast(demo, open_page):
    page = open_page(demo.url)
    marked(page, "node-card").first.wait_for()
    entries = "performance.getEntriesByName('first-contentful-paint')"
    page.wait_for_function(f"{entries}.length")
    assert page.evaluate(f"{entries}[0].startTime") <= FIRST_PAINT_MS_MAX


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


def test_every_channel_has_a_chart(page):
    for channel in ("temperature", "humidity", "pressure", "load", "battery_voltage"):
        wait_for_newer(page, 0, channel)
        assert marked(page, f"chart-{channel}").locator("canvas").count()
        assert marked(page, f"value-{channel}").text_content().strip()


def test_the_health_of_the_node_is_shown_by_a_click(page):
    assert not marked(page, "chart-node_boots").count()
    marked(page, "health").locator("summary").click()
    wait_for_newer(page, 0, "node_boots")


def test_other_spans_of_time(page):
    wait_for_newer(page, 0)
    for name in ("1h", "1d", "30d", "all", "5min"):
        marked(page, f"window-{name}").click()
        page.locator(f'[data-test="window-{name}"][aria-pressed="true"]').wait_for()
        wait_for_newer(page, newest_ms(page))


def test_the_account_adds_up(page):
    wait_for_newer(page, 0)
    for _ in range(5):
        counts = account(page)
        sampled, duplicates = counts.pop("sampled"), counts.pop("duplicates")
        assert sampled == sum(counts.values()) > 0 and duplicates == 0, counts
        wait_for_newer(page, newest_ms(page))


def test_the_card_shows_the_state(page):
    wait_for_state(page, "sampling")
    assert marked(page, "node-name").first.text_content() == "demo"
    assert "seen" in marked(page, "node-seen").first.text_content()
    for name, unit in (("battery", "V"), ("rssi", "dBm"), ("clock-error", "ms")):
        assert unit in marked(page, f"node-{name}").first.text_content(), name


def test_a_request_shows_its_bodies(page):
    row = marked(page, "request-row").first
    row.click()
    texts = marked(page, "request-texts").first
    texts.wait_for()
    # A long body is cut, and then shown as received, without blanks.
    body = marked(page, "request-body").first.text_content()
    assert '"ship_id":"demo"' in body.replace(" ", "")
    assert marked(page, "request-answer").first.text_content().strip()
    page.locator('[data-test="request-row"][aria-expanded="true"]').click()
    texts.wait_for(state="hidden")


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
