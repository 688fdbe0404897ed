"""The charts draw the table's values only, with each of its gaps, extremes and ends.

Each node's last upload is at the time of its newest reading. One upload is one delivery, with any
number of requests.
"""

import json
import time
from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

import pytest
from look import marked, press, wait_for_state
from playwright.sync_api import expect
from running import running
from wherry_host.server.store import Store

S = 1_000_000
API = "harbor_v2"
_H, _DAY = 3600, 86_400
_RANGES = ("1h", "1d", "30d", "all")
_REQUEST_US = 300_000
# A chart has fewer pixels.
_PIXELS = 800
# {axis, series, gaps} of a channel at one moment.
_PICTURE = """channel => {
  const chart = document.querySelector(`[data-test="chart-${channel}"] .nicegui-echart`);
  const { series, gaps } = wherry.curves[chart.id.slice(1)];
  return { axis: wherry.move, series, gaps };
}"""


class Node(NamedTuple):
    """`count` samples, `requests` per upload; `spikes` are {sample: value}, `cuts` samples."""

    sample_s: int
    send_s: int
    count: int
    requests: int = 1
    spikes: dict = {}
    cuts: tuple = ()

    def rows(self, end_us):
        """Return [(time_us, value)] of all samples that it took, the oldest first."""
        rows = []
        for i in range(self.count):
            if not any(first <= i < last for first, last in self.cuts):
                value = self.spikes.get(i, 20 + i % 7 / 4)
                rows.append((end_us - (self.count - 1 - i) * self.sample_s * S, value))
        return rows

    def uploads(self, end_us):
        """Yield (received_us, rows) of each request."""
        found = {}
        for row in self.rows(end_us):
            sent_us = end_us - (end_us - row[0]) // (self.send_s * S) * self.send_s * S
            found.setdefault(sent_us, []).append(row)
        for sent_us, rows in found.items():
            size = -(-len(rows) // self.requests)
            for i in range(0, len(rows), size):
                yield sent_us + i // size * _REQUEST_US, rows[i : i + size]


NODES = {
    "two": Node(60, _H, 20 * 60, requests=2),
    "young": Node(1, 10, 18 * 60),
    "forty": Node(_H, _H, 40),
    "spiky": Node(
        1, 10, 100 * 60,
        spikes={0: 18, 777: 90.5, 4500: -40.25, 4501: 77, 5998: 12, 5999: 33},
        cuts=((100, 103), (400, 410), (3600, 3660), (5400, 5405), (5980, 5990)),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def end_us():
    """The time of the newest reading of each node."""
    return time.time_ns() // 1_000_000_000 * S


@pytest.fixture(scope="module")
def server(tmp_path_factory, end_us):
    """The summary of a server on a file that has all nodes."""
    path = tmp_path_factory.mktemp("stored") / "points.db"
    store = Store(path)
    for name, node in NODES.items():
        for received_us, rows in node.uploads(end_us):
            points = [(name, "temperature", *row) for row in rows]
            store.add(API, points, received_us)
    store.close()
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "server", "--json", "--plain-http", "--db", path) as process:
        yield json.loads(process.stdout.readline())


@pytest.fixture
def look_at(server, open_page):
    """A function that opens the page of a node and waits until its curve is there."""

    def look_at(name):
        page = open_page(server["page"])
        page.locator(f'[data-test="node-card"][data-node="{name}"]').click()
        expect(marked(page, "device")).to_contain_text(name)
        page.evaluate(
            """() => {
              const draw = wherry.draw;
              window.draws = 0;
              wherry.draw = (...parts) => { draw(...parts); draws += 1; };
            }"""
        )
        wait_for_draw(page)
        page.wait_for_function(f"name => ({_PICTURE})(name).series[0].length", arg="temperature")
        return page

    return look_at


def wait_for_draw(page):
    """Wait until the charts are drawn once more, as they are each second."""
    page.wait_for_function("before => draws > before", arg=page.evaluate("draws"))


def picture(page, window=None, channel="temperature"):
    """Return what a chart shows after a range is chosen: axis, series and gaps, in ms."""
    if window and marked(page, f"window-{window}").get_attribute("aria-pressed") == "false":
        press(page, f"window-{window}")
    wait_for_draw(page)
    return page.evaluate(_PICTURE, channel)


def drawn(shown):
    """Return the drawn (ms, value), in order of time."""
    points = [point for part in shown["series"] for point in part]
    return sorted({(ms, value) for ms, value in points if value is not None})


def check(shown, node, end_us):
    """Compare a picture with a Node's table; return the (ms, value) of it that it shows."""
    from_ms, to_ms = shown["axis"]
    rows = [(time_us // 1000, value) for time_us, value in node.rows(end_us)]
    points = drawn(shown)
    assert set(points) <= set(rows)
    inside = [row for row in rows if from_ms <= row[0] <= to_ms]
    seen = [point for point in points if from_ms <= point[0] <= to_ms]
    for extreme in (min, max):
        assert extreme(value for _, value in seen) == extreme(value for _, value in inside)
    assert seen[-1] == inside[-1]
    pixel_ms = (to_ms - from_ms) / _PIXELS
    # The axis may begin within a column: the line then begins at the column's first point.
    before = points[max(0, bisect_left(points, inside[0]) - (seen[0] != inside[0]))]
    assert inside[0][0] - pixel_ms <= before[0] <= inside[0][0]
    check_gaps(shown, inside, 2500 * node.sample_s, pixel_ms)
    return inside


def check_gaps(shown, rows, limit_ms, pixel_ms):
    """Check that the pen is lifted at each gap of the table longer than the limit and a pixel."""
    distances = [(after - before, [before, after]) for (before, _), (after, _) in pairwise(rows)]
    wide = [gap for distance, gap in distances if distance > max(limit_ms, pixel_ms)]
    gaps = [gap for gap in shown["gaps"] if rows[0][0] <= gap[0]]
    assert [gap for gap in gaps if gap in wide] == wide
    # No gap is invented.
    assert all((gap[1] - gap[0], gap) in distances for gap in gaps)
    assert all(gap[1] - gap[0] > limit_ms for gap in gaps)
    lifted = [ms for part in shown["series"][:2] for ms, value in part if value is None]
    for before, after in gaps:
        assert any(before < ms < after for ms in lifted), (before, after)


@pytest.mark.parametrize("name", NODES)
def test_each_range_draws_the_table_s_values(look_at, end_us, name):
    page = look_at(name)
    for window in _RANGES:
        inside = check(picture(page, window), NODES[name], end_us)
        if window == "all":
            assert len(inside) == len(NODES[name].rows(end_us))


def test_an_upload_of_many_requests_is_one_delivery(look_at):
    page = look_at("two")
    wait_for_state(page, "sampling")
    for window in _RANGES:
        assert picture(page, window)["series"][1] == []
    marked(page, "fleet-summary").click()
    table = marked(page, "fleet-table")
    heads = table.locator("thead th").all_inner_texts()
    (place,) = [i for i, head in enumerate(heads) if "Usually every" in head]
    row = table.locator("tbody tr").filter(has_text="two").locator("td")
    expect(row.nth(place)).to_have_text("1 h")


@pytest.mark.parametrize("name, ranges", (("young", _RANGES), ("forty", ("30d", "all"))))
def test_a_range_longer_than_the_data_begins_with_the_data(look_at, end_us, name, ranges):
    page = look_at(name)
    first_ms = NODES[name].rows(end_us)[0][0] // 1000
    shown = [picture(page, window) for window in ranges]
    for each in shown:
        assert each["axis"][0] == first_ms
        # A fiftieth is free after the present.
        assert (each["axis"][1] - first_ms) / 1.02 + first_ms >= end_us // 1000
        assert (each["series"], each["gaps"]) == (shown[0]["series"], shown[0]["gaps"])
    expect(marked(page, "since")).to_have_attribute("data-ms", str(first_ms))
    expect(marked(page, "since").locator("..")).to_contain_text(", all there is")
    press(page, "window-5min")
    expect(marked(page, "since")).to_be_hidden()


def test_a_gap_shorter_than_a_pixel_is_visible_after_a_zoom(look_at, end_us):
    page = look_at("spiky")
    rows = NODES["spiky"].rows(end_us)
    (before, after), *_ = [pair for pair in pairwise(rows) if pair[1][0] - pair[0][0] == 4 * S]
    gap = [before[0] // 1000, after[0] // 1000]
    assert gap not in picture(page, "all")["gaps"]
    page.evaluate("([from, to]) => wherry.zoom.ask([from - 30000, to + 30000])", gap)
    has_gap = f"([name, at]) => ({_PICTURE})(name).gaps.some(([from]) => from === at)"
    page.wait_for_function(has_gap, arg=["temperature", gap[0]])
    near = page.evaluate(_PICTURE, "temperature")
    assert gap in near["gaps"]
    check(near, NODES["spiky"], end_us)
