"""Reads from the page and actions on it, by its data-test markers."""

# The points of a channel that the browser draws: [on time, late, and the dots of both].
_SERIES = """channel => {
  const chart = document.querySelector(`[data-test="chart-${channel}"] .nicegui-echart`);
  const curve = chart && wherry.curves[chart.id.slice(1)];
  return curve ? curve.series : null;
}"""


def marked(page, name):
    """Return the Locator of the element with a marker."""
    return page.locator(f'[data-test="{name}"]')


def series(page, channel="temperature"):
    """Return the four series of a channel, each a list of (ms, value or None)."""
    return page.evaluate(_SERIES, channel) or [[], [], [], []]


def moments(points):
    """Return the times in ms of the points of a series, without its gaps."""
    return [time_ms for time_ms, value in points if value is not None]


def newest_ms(page, channel="temperature"):
    """Return the time of the newest point that is drawn, or 0 if none is."""
    times_ms = [time_ms for points in series(page, channel) for time_ms in moments(points)]
    return max(times_ms, default=0)


def wait_for_newer(page, than_ms, channel="temperature"):
    """Wait until a point is drawn that was measured after a time in ms."""
    _wait_for_item(page, channel, "([ms, value]) => value !== null && ms > than_ms", than_ms)


def wait_for_gap(page, channel="temperature"):
    """Wait until the pen is lifted somewhere in the curve of a channel."""
    _wait_for_item(page, channel, "([, value]) => value === null")


def _wait_for_item(page, channel, condition, than_ms=0):
    page.wait_for_function(
        f"""([channel, than_ms]) => {{
          const series = ({_SERIES})(channel);
          return series && series.flat().some({condition});
        }}""",
        arg=[channel, than_ms],
    )


def account(page):
    """Return the account as {place: readings}; the bar has it in one text."""
    reported = marked(page, "account").get_by_role("img").get_attribute("aria-label")
    pairs = [part.rpartition(" ") for part in reported.split(", ")]
    return {name: int(count.replace(",", "")) for name, _, count in pairs}


def wait_for_state(page, *words):
    """Wait until the first node's state is one of the words."""
    wanted = ", ".join(f'[data-test="node-state"][data-state="{word}"]' for word in words)
    page.locator(wanted).first.wait_for()


def wait_for_more(page, name, than):
    """Wait until a number on the page is greater than one read before."""
    page.wait_for_function(
        """([name, than]) => Number(document.querySelector(`[data-test="${name}"]`)
          .textContent.replaceAll(",", "")) > than""",
        arg=[name, than],
    )


def press(page, name):
    """Click a button and wait until the page shows it as pressed, or as released."""
    button = marked(page, name)
    before = button.get_attribute("aria-pressed")
    button.click()
    if before is not None:
        after = "false" if before == "true" else "true"
        page.locator(f'[data-test="{name}"][aria-pressed="{after}"]').wait_for()
