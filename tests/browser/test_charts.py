"""Charts as a person reads them: units, whole numbers, local time and UTC, one crosshair."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import readings
from look import marked, wait_for_newer
from playwright.sync_api import expect
from wherry_host.page.channels import label, unit

ZONE = "Australia/Eucla"
# The strings that a chart has drawn.
_TEXTS = """channel => {
  const element = document.querySelector(`[data-test="chart-${channel}"] .nicegui-echart`);
  const { chart } = getElement(Number(element.id.slice(1)));
  const shapes = chart.getZr().storage.getDisplayList(true);
  return shapes.map((each) => each.style?.text).filter(Boolean);
}"""


@pytest.fixture
def page(server, open_page):
    page = open_page(server[0]["page"], timezone_id=ZONE)
    wait_for_newer(page, 0)
    marked(page, "health").locator("summary").click()
    wait_for_newer(page, 0, "node_boots")
    return page


def axis(page, channel, count=2):
    """Return the numbers on the value axis of a channel, once at least `count` are drawn."""
    numbers = f"channel => ({_TEXTS})(channel).filter((text) => /^-?[0-9.,]+$/.test(text))"
    page.wait_for_function(
        f"([name, count]) => ({numbers})(name).length >= count", arg=[channel, count]
    )
    return sorted(float(text.replace(",", "")) for text in page.evaluate(numbers, channel))


def hover(page, channel, part):
    """Move the pointer to a part of the width of a chart, and return its tips by channel."""
    plot = marked(page, f"chart-{channel}").locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
    page.locator(f'[data-test="chart-{channel}"] .cross.on').wait_for()
    return {
        name: marked(page, f"chart-{name}").locator(".cross.on .tip").inner_text().split("\n")
        for name in readings.CHANNELS
    }


def test_names_and_units_come_from_the_drivers(page):
    for channel in readings.CHANNELS:
        shown = marked(page, f"chart-{channel}").locator(".label .name")
        expect(shown).to_have_text(label(channel))
        expect(shown).to_have_attribute("title", channel)
    expect(marked(page, "chart-free_memory").locator(".label .name")).to_have_text(
        "free memory, MiB"
    )
    # It is not a channel of a driver, so its unit is unknown.
    expect(marked(page, "chart-flow").locator(".label .name")).to_have_text("flow")


def test_counts_have_whole_numbers_and_no_axis_begins_below_zero(page):
    assert axis(page, "node_boots") == [3, 4]
    assert axis(page, "node_damaged") == [0, 1]
    assert min(axis(page, "free_memory")) >= 0
    assert any(number % 1 for number in axis(page, "flow", 3))


def test_the_crosshair_shows_each_chart_s_value_at_one_moment(page, server):
    for channel, part in (("temperature", 0.3), ("free_memory", 0.8)):
        tips = hover(page, channel, part)
        (moment,) = {lines[1] for lines in tips.values()}
        date, time, zone = moment.split(" ")
        at = datetime.fromisoformat(f"{date} {time}").replace(tzinfo=ZoneInfo(ZONE))
        ago_s = server[1] // readings.S - int(at.timestamp())
        assert zone == "UTC+8:45" and ago_s in readings.seconds()
        for name, value in readings.CHANNELS.items():
            number = f"{value(ago_s):.7g}"
            assert tips[name][0] == " ".join(filter(None, (number, unit(name)))), (name, ago_s)
    page.mouse.move(1, 1)
    expect(page.locator(".cross.on")).to_have_count(0)


def test_a_gap_has_no_value(page, server):
    middle_ms = server[1] // 1000 - sum(readings.CUT_S) * 500
    part = page.evaluate(
        "ms => (ms - wherry.move[0]) / (wherry.move[1] - wherry.move[0])", middle_ms
    )
    width = marked(page, "chart-temperature").locator(".plot").bounding_box()["width"]
    tips = hover(page, "temperature", (50 + part * (width - 60)) / width)
    assert {lines[0] for lines in tips.values()} == {"no value"}


def expect_now(page, zone):
    """Expect the clock to show the current minute of a zone, or the next one."""
    minutes = [datetime.now(zone) + timedelta(minutes=later) for later in (0, 1)]
    texts = "|".join(f"{each:%H:%M}" for each in minutes)
    expect(marked(page, "clock")).to_contain_text(re.compile(rf"^\s*({texts})"))


def test_times_are_local_and_utc_is_a_switch_that_is_remembered(page):
    local, utc = (marked(page, f"zone-{zone}") for zone in ("own", "utc"))
    expect(local).to_have_text("Eucla")
    expect(local).to_have_attribute("title", ZONE)
    expect(local).to_have_attribute("aria-pressed", "true")
    expect_now(page, ZoneInfo(ZONE))
    # The zones differ by 8 h 45 min, so each label changes.
    labels = {text for text in page.evaluate(_TEXTS, "temperature") if ":" in text}
    utc.click()
    expect(utc).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(
        f"([name, old]) => !({_TEXTS})(name).some((text) => old.includes(text))",
        arg=["temperature", list(labels)],
    )
    assert hover(page, "temperature", 0.3)["temperature"][1].endswith(" UTC")
    page.reload()
    wait_for_newer(page, 0)
    expect(utc).to_have_attribute("aria-pressed", "true")
    expect_now(page, UTC)
    local.click()
    expect_now(page, ZoneInfo(ZONE))
