"""The browser for the tests of the page: the system's Chromium, headless."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "Chromium is missing: none of %s is on the path; "
    "install it, on Debian and Ubuntu with `apt-get install chromium`" % ", ".join(NAMES)
)
# Root cannot use the sandbox, and nothing may be requested from the internet.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def executable():
    """Return the path of the first Chromium that is found, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched():
    """Yield a Playwright Browser with its own profile; FileNotFoundError without Chromium."""
    path = executable()
    if path is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
