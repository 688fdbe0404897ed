"""Drawn outages: late readings in their shade, and a blank without readings."""

import json
import time

import pytest
from look import marked, press, wait_for_newer
from playwright.sync_api import expect
from running import running
from wherry_host.server.store import Store

S = 1_000_000
# A node of 70 minutes that samples each second; all times are in seconds before its newest
# reading.
AGE_S = 4200
UPLOAD_S = 10
LATE_S = (1500, 1200)
CUTS_S = ((2400, 2380), (2000, 1940))
# The number of pixels of a colour of the style sheet in the canvas's column of a moment.
_PIXELS = """([ms, name]) => {
  const element = document.querySelector('[data-test="chart-temperature"] .nicegui-echart');
  const chart = getElement(Number(element.id.slice(1))).chart;
  const style = getComputedStyle(document.body).getPropertyValue("--" + name).trim();
  const wanted = [1, 3, 5].map((at) => parseInt(style.slice(at, at + 2), 16));
  const canvas = element.querySelector("canvas");
  const x = Math.floor(chart.convertToPixel({ xAxisIndex: 0 }, ms));
  const copy = new OffscreenCanvas(1, canvas.height).getContext("2d");
  copy.drawImage(canvas, -x, 0);
  const { data } = copy.getImageData(0, 0, 1, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4)
    found += wanted.every((part, n) => Math.abs(part - data[i + n]) < 24);
  return found;
}"""


def rows_of(end_us):
    """Yield (received_us, points) of all uploads of the node."""
    uploads = {}
    for ago_s in range(AGE_S, -1, -1):
        if any(begin_s > ago_s > end_s for begin_s, end_s in CUTS_S):
            continue
        sent_s = LATE_S[1] if LATE_S[0] >= ago_s > LATE_S[1] else ago_s
        point = ("shed", "temperature", end_us - ago_s * S, 20 + ago_s % 3 / 10)
        uploads.setdefault(sent_s // UPLOAD_S * UPLOAD_S, []).append(point)
    for sent_s, points in uploads.items():
        # The bound of a batch splits each upload in two.
        yield end_us - sent_s * S, points[: UPLOAD_S - 1]
        yield end_us - sent_s * S + S // 5, points[UPLOAD_S - 1 :]


@pytest.fixture(scope="module")
def end_us():
    """The time of the newest reading."""
    return time.time_ns() // 1000


@pytest.fixture(scope="module")
def server(tmp_path_factory, end_us):
    """The summary of a server on a file that has the node, and one with a reading a day."""
    path = tmp_path_factory.mktemp("stored") / "points.db"
    store = Store(path)
    for received_us, points in rows_of(end_us):
        store.add("harbor_v2", points, received_us)
    for day in range(3):
        moment_us = end_us - day * 86_400 * S
        store.add("harbor_v2", [("tank", "level", moment_us, day)], moment_us)
    store.close()
    folder = tmp_path_factory.mktemp("server")
    with running(folder, "server", "--json", "--plain-http", "--db", path) as process:
        yield json.loads(process.stdout.readline())


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_each_zoom_shows_cuts_and_late_readings(server, end_us, open_page, scheme):
    page = open_page(server["page"], color_scheme=scheme)
    wait_for_newer(page, 0)

    def wait_for_pixels(ago_s, name, condition):
        moment_ms = end_us / 1000 - ago_s * 1000
        page.wait_for_function(f"place => ({_PIXELS})(place) {condition}", arg=[moment_ms, name])

    for window in ("30d", "1h", "1d"):
        press(page, f"window-{window}")
        for begin_s, end_s in CUTS_S:
            for name in ("accent", "late"):
                wait_for_pixels((begin_s + end_s) / 2, name, "=== 0")
            wait_for_pixels(begin_s + 60, "accent", "> 0")
            wait_for_pixels(end_s - 60, "accent", "> 0")
        middle_s = sum(LATE_S) / 2
        wait_for_pixels(middle_s, "late", "> 0")
        wait_for_pixels(middle_s, "accent", "=== 0")
        wait_for_pixels(LATE_S[0] + 120, "late", "=== 0")


def test_the_usual_interval_is_the_one_between_uploads(server, open_page):
    page = open_page(server["page"])
    marked(page, "fleet-summary").click()
    rows = marked(page, "fleet-table").locator("tbody tr")
    for name, interval in (("shed", "10 s"), ("tank", "1 d")):
        expect(rows.filter(has_text=name).locator("td").nth(3)).to_have_text(interval)
