"""The requests of the chosen node, and its readings that the server refused alone."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from look import marked
from playwright.sync_api import expect
from running import running
from wherry_host.page.set_aside import COUNT_MAX

_BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


class Server:
    """A running server: its summary, and a client that posts to it and switches its faults."""

    def __init__(self, summary):
        self.summary = summary
        self._key = summary["harbor"]["api_key"]

    def send(self, name, second, key=None, body=None, channel="free_memory"):
        """Post one reading of a node, measured at a second; return the status."""
        moment = (_BEGIN + timedelta(seconds=second)).isoformat()
        point = {"ship_id": name, "cargo_id": channel, "value": 20, "time": moment}
        sent = {"json": [point]} if body is None else {"content": body}
        headers = {"X-API-Key": key or self._key}
        url = self.summary["harbor"]["endpoint"] + "/batch"
        return httpx.post(url, headers=headers, **sent).status_code

    def switch(self, *faults):
        with open(self.summary["admin_token_file"]) as file:
            headers = {"Authorization": f"Bearer {file.read().strip()}"}
        url = self.summary["admin"] + "/faults"
        httpx.put(url, json=faults, headers=headers).raise_for_status()


@pytest.fixture
def server(tmp_path):
    """A Server to which two nodes have delivered."""
    with running(tmp_path, "server", "--json", "--plain-http") as process:
        found = Server(json.loads(process.stdout.readline()))
        for name in ("barn", "shed"):
            assert found.send(name, 0) == 202
        yield found


@pytest.fixture
def page(server, open_page):
    page = open_page(server.summary["page"])
    marked(page, "request-row").first.wait_for()
    return page


def choose(page, name):
    """Click the card of a node and wait for the heading of its requests."""
    page.locator(f'[data-test="node-card"][data-node="{name}"]').click()
    expect(marked(page, "requests-title")).to_have_text(f"Requests of {name}")


def expect_statuses(page, *statuses):
    """Wait until the statuses in the list are these, the newest first."""
    expect(marked(page, "request-status")).to_have_text([str(each) for each in statuses])


def bodies(page):
    """Open the newest request and return its body."""
    marked(page, "request-row").first.click()
    shown = marked(page, "request-body").first
    shown.wait_for()
    return shown.inner_text()


def test_a_node_has_its_own_requests_only(server, page):
    choose(page, "shed")
    expect_statuses(page, 202)
    assert '"shed"' in bodies(page)
    assert server.send("barn", 1) == 202
    assert server.send("shed", 1, key="wrong") == 401
    expect_statuses(page, 401, 202)
    choose(page, "barn")
    expect_statuses(page, 202, 202)
    assert '"barn"' in bodies(page)
    expect(marked(page, "request-unknown")).to_have_count(0)


def test_a_request_that_names_no_device_is_in_each_list_with_a_mark(server, page):
    assert server.send("", 0, body=b"{") == 400
    for name in ("barn", "shed"):
        choose(page, name)
        expect_statuses(page, 400, 202)
        rows = marked(page, "request-row")
        expect(marked(rows.nth(0), "request-unknown")).to_have_text("sender unknown")
        expect(marked(rows.nth(1), "request-unknown")).to_have_count(0)


def test_the_readings_set_aside_are_listed_with_the_reason(server, page):
    choose(page, "shed")
    expect(marked(page, "set-aside")).to_be_hidden()
    server.switch({"kind": "status", "status": 400, "device": "shed"})
    assert server.send("shed", 5) == 400
    summary = marked(page, "set-aside-summary")
    expect(summary).to_have_text("Set aside: 1 reading")
    expect(marked(page, "set-aside-row")).to_have_count(0)
    summary.click()
    row = marked(page, "set-aside-row")
    expect(marked(row, "set-aside-channel")).to_have_text("free memory")
    expect(marked(row, "set-aside-status")).to_have_text("400")
    expect(marked(row, "set-aside-reason")).to_have_text("Validation Error: Payload refused")
    ms = int((_BEGIN + timedelta(seconds=5)).timestamp() * 1000)
    expect(marked(row, "set-aside-time")).to_have_attribute("data-ms", str(ms))
    expect(marked(page, "set-aside")).to_contain_text("wherry queue resend")
    expect(marked(page, "set-aside-more")).to_be_hidden()
    choose(page, "barn")
    expect(marked(page, "set-aside")).to_be_hidden()


def test_a_reading_that_is_stored_after_all_leaves_the_list(server, page):
    choose(page, "shed")
    server.switch({"kind": "status", "status": 422, "device": "shed"})
    for second in range(COUNT_MAX + 2):
        assert server.send("shed", 10 + second) == 422
    summary = marked(page, "set-aside-summary")
    summary.click()
    expect(summary).to_have_text(f"Set aside: {COUNT_MAX + 2} readings")
    expect(marked(page, "set-aside-row")).to_have_count(COUNT_MAX)
    expect(marked(page, "set-aside-more")).to_have_text("and 2 more")
    server.switch()
    assert server.send("shed", 10) == 202
    expect(summary).to_have_text(f"Set aside: {COUNT_MAX + 1} readings")
    expect(marked(page, "set-aside-more")).to_have_text("and 1 more")
