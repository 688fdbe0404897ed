"""A browser for all tests of the page, the demo that they watch, and the checks of every page."""

from pathlib import Path
from urllib.parse import urlsplit

import chromium
import pytest
import readings
from playwright.sync_api import expect
from running import SPEED, page_of, running
from wherry_host.config import config_file
from wherry_host.virtual.options import ACCESS_POINT

_LOOPBACK = ("127.0.0.1", "localhost")
# For a busy computer: only a failing wait is slower by it.
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    try:
        with chromium.launched() as launched:
            yield launched
    except FileNotFoundError as error:
        pytest.exit(str(error), 2)


class Demo:
    """The running demo: the address of its page, and the secrets that it must keep."""

    def __init__(self, folder, url):
        self.url = url
        (self.config,) = Path(folder).glob("wherry-*/node.toml")
        uplink = config_file.load(self.config).typed["uplink"][0]
        self.secrets = (uplink["api_key"], ACCESS_POINT["password"])
        assert all(self.secrets)


@pytest.fixture(scope="session")
def demo(tmp_path_factory, browser):
    """`wherry demo --page`, whose account must balance after all actions of the tests."""
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, "demo", "--page", "--seed", 7, "--scale", SPEED) as process:
        url = page_of(process)
        # A button is pressed so that the demo's own script stops.
        page = browser.new_page()
        page.goto(url)
        page.locator('[data-test="node-state"][data-state="sampling"]').wait_for()
        page.locator(f'[data-test="speed-{SPEED}"]').click()
        page.close()
        yield Demo(folder, url)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The summary of a server that has the readings, and the time of the newest one in µs."""
    with readings.serving(tmp_path_factory.mktemp("readings")) as found:
        yield found


class Watched:
    """The forbidden actions of a page, and every text sent over its websockets."""

    def __init__(self, page):
        self.errors, self.frames = [], []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("requestfailed", lambda request: self.errors.append(f"failed: {request.url}"))
        page.on("request", lambda request: self._see(request.url))
        page.on("websocket", self._listen)

    def _hear(self, message):
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")

    def _see(self, url):
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in _LOOPBACK:
            self.errors.append(f"asked of another host: {url}")

    def _listen(self, websocket):
        self._see(websocket.url)
        websocket.on("framereceived", lambda frame: self.frames.append(frame))
        websocket.on("framesent", lambda frame: self.frames.append(frame))

    def sent(self):
        """Return all that was sent and received, as one text."""
        return "\n".join(
            frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
            for frame in self.frames
        )


@pytest.fixture
def open_page(browser):
    """A function that opens an address in a new context; every page is judged at the end."""
    opened = []

    def open_page(url, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        opened.append((context, Watched(page)))
        page.goto(url)
        return page

    open_page.watched = lambda: [watched for _, watched in opened]
    yield open_page
    for context, watched in opened:
        context.close()
        assert watched.errors == []
        assert watched.frames


@pytest.fixture
def page(demo, open_page):
    """The demo's page, with points in its chart, nothing disturbed, at its initial speed."""
    page = open_page(demo.url)
    page.wait_for_selector('[data-test="node-card"]')
    yield page
    html = page.content() + open_page.watched()[0].sent()
    for secret in demo.secrets:
        assert secret not in html
