"""The time until the live page and a new point are shown, with a month of 1,000 nodes.

A headless Chromium opens `wherry server` on the database of bench/big_database.py: 1,000 nodes
with 6 channels each and a point per channel every 15 minutes for 30 days. Times are measured in
the browser. The first paint is measured from the start of the navigation, an update from the
moment when the request with the new point is sent, so that reception and commit are included.
"""

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx

from bench import big_database
from bench.missing import MissingError
from bench.rows import row

sys.path.insert(1, str(Path(__file__).parents[1] / "tests" / "browser"))

CHANNEL = "temperature"


class Counts(NamedTuple):
    """The size of the database and the number of repeats of each measurement."""

    nodes: int
    interval_s: int
    loads: int
    updates: int


FULL = Counts(1000, 900, 5, 20)
QUICK = Counts(10, 21_600, 1, 1)
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 20

# Checks each frame and notes when the cards have names and when the first chart has points.
_WATCH = """
window.seen = {};
const look = () => {
  const name = document.querySelector('[data-test="node-name"]');
  if (name && name.textContent) seen.nodes_ms ??= performance.now();
  const curves = typeof wherry === "undefined" ? [] : Object.values(wherry.curves);
  if (curves.some((curve) => curve.series.flat().length)) seen.curve_ms ??= performance.now();
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
_PAINTS = "performance.getEntriesByName('first-contentful-paint')"
# Notes the time of the frame after the first frame in which a point of `than_ms` or later is in
# the chart.
_AWAIT_POINT = """([channel, than_ms]) => {
  seen.drawn_ms = undefined;
  const look = () => {
    const chart = document.querySelector(`[data-test="chart-${channel}"] .nicegui-echart`);
    const curve = chart && wherry.curves[chart.id.slice(1)];
    if (curve && curve.series.flat().some(([ms, value]) => value !== null && ms >= than_ms))
      requestAnimationFrame(() => seen.drawn_ms = performance.timeOrigin + performance.now());
    else requestAnimationFrame(look);
  };
  look();
}"""
# True if the chart begins about a month ago.
_IS_MONTH = """(channel) => {
  const chart = document.querySelector(`[data-test="chart-${channel}"] .nicegui-echart`);
  const times_ms = wherry.curves[chart.id.slice(1)].series.flat().map(([ms]) => ms);
  return Math.max(...times_ms) - Math.min(...times_ms) > 28 * 86400e3;
}"""


def missing():
    """Return a text with a missing program and the remedy, or None."""
    try:
        import chromium
    except ImportError:
        return "it needs Playwright: `make .venv/browser` installs it"
    return None if chromium.executable() else chromium.MISSING


def measure(quick):
    """Return {key: row} for the bench's table; raises MissingError if a program is missing."""
    if lack := missing():
        raise MissingError(lack)
    import chromium

    counts = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        size = {"node_count": counts.nodes, "interval_s": counts.interval_s}
        path = big_database.make(folder, end_us=time.time_ns() // 1000, **size)
        with _server(path) as summary, chromium.launched() as browser:
            return _figures(browser, summary, counts)


def _figures(browser, summary, counts):
    nodes_ms, curve_ms = _loads(browser, summary["page"], counts.loads)
    updates_ms = _updates(browser, summary, counts.updates)
    print(f"page: nodes painted after {_reported(nodes_ms)}")
    print(f"page: the first curve after {_reported(curve_ms)}")
    print(f"page: an update drawn after {_reported(updates_ms)}")
    return {
        "page_first_paint_ms": row(round(max(nodes_ms)), "ms", goal=2000),
        "page_first_curve_ms": row(round(max(curve_ms)), "ms"),
        "page_update_ms": row(round(statistics.median(updates_ms)), "ms", goal=300),
        "page_update_worst_ms": row(round(max(updates_ms)), "ms"),
    }


def _reported(times_ms):
    median = statistics.median(times_ms)
    return f"{median:.0f} ms, at worst {max(times_ms):.0f} ms, of {len(times_ms)}"


@contextmanager
def _server(path):
    """Yield the summary of `wherry server` on a database, once its page answers."""
    command = [sys.executable, "-m", "wherry_host.cli", "server", "--json", "--plain-http"]
    process = subprocess.Popen([*command, "--db", str(path)], stdout=subprocess.PIPE, text=True)
    try:
        summary = json.loads(process.stdout.readline())
        httpx.get(summary["page"], timeout=_START_TIMEOUT_S).raise_for_status()
        yield summary
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_STOP_TIMEOUT_S)


def _loads(browser, url, count):
    """Return, for several loads, when the nodes and the first curve were painted, in ms."""
    nodes_ms, curve_ms = [], []
    for _ in range(count):
        with _page(browser, url) as page:
            page.wait_for_function(f"seen.curve_ms !== undefined && {_PAINTS}.length")
            seen = page.evaluate("seen")
            paint_ms = page.evaluate(f"{_PAINTS}[0].startTime")
        nodes_ms.append(max(seen["nodes_ms"], paint_ms))
        curve_ms.append(seen["curve_ms"])
    return nodes_ms, curve_ms


def _updates(browser, summary, count):
    """Return how long each new point of the displayed node took to be drawn, in ms."""
    headers = {"X-API-Key": summary["harbor"]["api_key"]}
    found_ms = []
    with _page(browser, summary["page"]) as page, httpx.Client(headers=headers) as client:
        page.wait_for_function("seen.curve_ms !== undefined")
        # The whole month takes the longest to draw.
        page.locator('[data-test="window-30d"]').click()
        page.wait_for_function(_IS_MONTH, arg=CHANNEL)
        device = page.locator('[data-test="device"]').text_content()
        for i in range(count):
            # The page polls at its own intervals; ours must not coincide with them.
            time.sleep(0.5 + 0.037 * i)
            moment_ms = time.time_ns() // 1_000_000
            page.evaluate(_AWAIT_POINT, [CHANNEL, moment_ms])
            begin_ms = time.time_ns() / 1e6
            answer = client.post(summary["harbor"]["endpoint"], json=_point(device, moment_ms, i))
            answer.raise_for_status()
            page.wait_for_function("seen.drawn_ms !== undefined")
            found_ms.append(page.evaluate("seen.drawn_ms") - begin_ms)
    return found_ms


def _point(device, moment_ms, i):
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds")
    # Each point is higher than all previous ones, because only the extremes of many points in a
    # small space are drawn.
    return {"ship_id": device, "cargo_id": CHANNEL, "value": 60 + i, "time": moment}


@contextmanager
def _page(browser, url):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto(url)
        yield page
    finally:
        context.close()
