"""Zoom and pan by the pointer and by keys, in all charts together, and the way back."""

import pytest
import readings
from look import marked, moments, press, series, wait_for_newer
from playwright.sync_api import expect

_MOVE = "wherry.move"
# Waits until a channel has only the points of its span, and at most a neighbour on each side.
_FINE = """([channel, first_ms, last_ms, count]) => {
  const element = document.querySelector(`[data-test="chart-${channel}"] .nicegui-echart`);
  const curve = wherry.curves[element.id.slice(1)];
  const points = curve.series[0].filter(([, value]) => value !== null);
  const inside = points.filter(([ms]) => first_ms <= ms && ms <= last_ms);
  return inside.length === count && points.length <= count + 2;
}"""


@pytest.fixture
def page(server, open_page):
    page = open_page(server[0]["page"])
    wait_for_newer(page, 0)
    marked(page, "chart-temperature").scroll_into_view_if_needed()
    expect(marked(page, "back")).to_be_hidden()
    return page


def drag(page, from_part, to_part):
    """Drag over a chart, from a part of its width to another."""
    box = marked(page, "chart-temperature").locator(".plot").bounding_box()
    x, width, y = box["x"], box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x + from_part * width, y)
    page.mouse.down()
    page.mouse.move(x + to_part * width, y, steps=5)
    page.mouse.up()
    marked(page, "back").wait_for()


def wait_for_points(page, server):
    """Wait until each chart has every reading of the shown span; return it in ms."""
    page.wait_for_function("document.querySelector('[data-test=back]').checkVisibility()")
    # The browser's own span has fractions of a ms until the server answers.
    page.wait_for_function(f"{_MOVE}.every(Number.isInteger)")
    from_ms, to_ms = page.evaluate(_MOVE)
    stamps_ms = [server[1] // 1000 - ago_s * 1000 for ago_s in readings.seconds()]
    inside = [ms for ms in stamps_ms if from_ms <= ms <= to_ms]
    for channel in ("temperature", "free_memory"):
        page.wait_for_function(_FINE, arg=[channel, from_ms, to_ms, len(inside)])
        shown = [ms for ms in moments(series(page, channel)[0]) if from_ms <= ms <= to_ms]
        assert shown == inside
    return from_ms, to_ms


def expect_live(page, server):
    """Wait until the axis moves with the time again."""
    expect(marked(page, "back")).to_be_hidden()
    page.wait_for_function(f"end_ms => {_MOVE}[1] > end_ms", arg=server[1] // 1000)
    begin_ms = page.evaluate(_MOVE)[1]
    page.wait_for_function(f"begin_ms => {_MOVE}[1] > begin_ms", arg=begin_ms)


def test_a_drag_zooms_every_chart_and_back_returns_to_live(page, server):
    live = page.evaluate(_MOVE)
    drag(page, 0.2, 0.4)
    from_ms, to_ms = wait_for_points(page, server)
    width = marked(page, "chart-temperature").locator(".plot").bounding_box()["width"]
    expected_ms = 0.2 * width / (width - 60) * (live[1] - live[0])
    assert to_ms - from_ms == pytest.approx(expected_ms, rel=0.05)
    assert live[0] < from_ms < to_ms < live[1]
    # The drag does not select text, and the span does not move with the time.
    assert page.evaluate("String(getSelection())") == ""
    shown = marked(page, "clock").text_content()
    expect(marked(page, "clock")).not_to_have_text(shown)
    assert page.evaluate(_MOVE) == [from_ms, to_ms]
    expect(marked(page, "window-1h")).to_have_attribute("aria-pressed", "false")
    marked(page, "back").click()
    expect_live(page, server)
    expect(marked(page, "window-1h")).to_have_attribute("aria-pressed", "true")


def test_a_drag_with_shift_moves(page, server):
    drag(page, 0.2, 0.4)
    before = wait_for_points(page, server)
    page.keyboard.down("Shift")
    drag(page, 0.3, 0.5)
    page.keyboard.up("Shift")
    from_ms, to_ms = wait_for_points(page, server)
    assert to_ms - from_ms == pytest.approx(before[1] - before[0], abs=2)
    assert from_ms < before[0]
    press(page, "window-1h")
    expect_live(page, server)


def test_keys_zoom_move_and_return(page, server):
    marked(page, "curves").focus()
    length_ms = None
    for key, factor in (("+", 1 / 2), ("+", 1 / 4), ("-", 1 / 2)):
        length_ms = length_ms or page.evaluate(f"{_MOVE}[1] - {_MOVE}[0]")
        page.keyboard.press(key)
        from_ms, to_ms = wait_for_points(page, server)
        assert to_ms - from_ms == pytest.approx(length_ms * factor, rel=0.02)
    for key, sign in (("ArrowLeft", -1), ("ArrowRight", 1)):
        before_ms = page.evaluate(_MOVE)[0]
        page.keyboard.press(key)
        from_ms, to_ms = wait_for_points(page, server)
        assert from_ms - before_ms == pytest.approx(sign * (to_ms - from_ms) / 4, abs=2)
    page.keyboard.press("Escape")
    expect_live(page, server)


def test_keys_move_the_crosshair_by_a_reading(page, server):
    marked(page, "curves").focus()
    stamps_ms = [server[1] // 1000 - ago_s * 1000 for ago_s in readings.seconds()]
    for place in (-1, -2, -3):
        page.keyboard.press("Shift+ArrowLeft")
        assert page.evaluate("wherry.cross.ms") == stamps_ms[place]
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("wherry.cross.ms") == stamps_ms[-2]
    expect(marked(page, "chart-temperature").locator(".cross.on")).to_have_count(1)


def test_a_span_within_a_gap_is_blank(page, server):
    middle_ms = server[1] // 1000 - sum(readings.CUT_S) * 500
    page.evaluate("ms => wherry.zoom.ask([ms - 5000, ms + 5000])", middle_ms)
    marked(page, "back").wait_for()
    assert wait_for_points(page, server) == (middle_ms - 5000, middle_ms + 5000)
    values = [value for _, value in series(page)[0]]
    assert len(values) == 3 and values[1] is None
