"""The page of a server that all dialects deliver to: fleet, faults, shadow, positions, CSV."""

import json
import time
from pathlib import Path

import httpx
import pytest
from look import marked
from playwright.sync_api import expect
from running import running
from support.server.here_login import login_header


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The summary of a server with data from a Harbor node, a SensoCan and a HERE device."""
    folder = tmp_path_factory.mktemp("fleet")
    with running(folder, "server", "--json", "--plain-http") as process:
        summary = json.loads(process.stdout.readline())
        send_all(summary)
        yield summary


def faults_of(server):
    """Return the active faults from the admin API."""
    token = Path(server["admin_token_file"]).read_text()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(server["admin"] + "/faults", headers=headers).json()


def send_all(summary):
    now_s = int(time.time())
    stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s - n)) for n in range(20)]
    points = [
        {"ship_id": "van", "cargo_id": cargo, "value": value + n / 1000, "time": stamp}
        for n, stamp in enumerate(stamps)
        for cargo, value in (("latitude", 52.5), ("longitude", 13.4))
    ]
    harbor = summary["harbor"]
    key = {"X-API-Key": harbor["api_key"]}
    assert httpx.post(harbor["endpoint"] + "/batch", json=points, headers=key).is_success
    sensocan = summary["sensocan"]
    readings = f"{sensocan['url']}/devices/{sensocan['device_uuid']}/readings"
    body = {"data": [{"sensor_slug": "temperature", "value": 20.5}]}
    token = {"Authorization": "Bearer " + sensocan["token"]}
    assert httpx.post(readings, json=body, headers=token).is_success
    send_item(summary)


def send_item(summary):
    here = summary["here"]
    url = here["url"] + "/v2/token"
    header = login_header(url, here["device_id"], here["device_secret"], "n1", int(time.time()))
    login = httpx.post(url, headers={"Authorization": header}).json()
    item = {"timestamp": int(time.time() * 1000), "payload": {"level": 7}}
    bearer = {"Authorization": "Bearer " + login["accessToken"]}
    assert httpx.post(here["url"] + "/v2/", json=[item], headers=bearer).is_success


@pytest.fixture
def page(server, open_page):
    page = open_page(server["page"])
    page.wait_for_selector('[data-test="node-card"]')
    return page


def choose(page, name):
    page.locator(f'[data-test="node-card"][data-node="{name}"]').click()
    marked(page, "device").get_by_text(name, exact=True).wait_for()


def test_the_fleet_table_lists_all_nodes_and_selects_one(page, server):
    marked(page, "fleet-summary").click()
    rows = marked(page, "fleet-table").locator("tbody tr")
    for word in ("van", "Harbor v2", "SensoCan", server["here"]["tracking_id"], "HERE Tracking"):
        expect(rows.filter(has_text=word).first).to_be_visible()
    rows.filter(has_text="van").click()
    marked(page, "device").get_by_text("van", exact=True).wait_for()


def test_faults_are_added_and_removed(page, server):
    marked(page, "faults-summary").click()
    form = marked(page, "fault-form")
    for kind, reported in (
        ("lose", "accepts a batch and stores nothing"),
        ("status", "the status"),
    ):
        form.locator('[name="kind"]').select_option(kind)
        expect(marked(page, "fault-hint")).to_contain_text(reported)
    form.locator('[name="api"]').select_option("sensocan")
    form.locator('[name="status"]').fill("503")
    form.locator('[name="probability"]').fill("2")
    marked(page, "fault-add").click()
    expect(marked(page, "fault-trouble")).to_have_text("probability: 2 is more than 1")
    form.locator('[name="probability"]').fill("0.5")
    marked(page, "fault-add").click()
    fault = marked(page, "fault")
    reported = "status api=sensocan probability=0.5 status=503"
    expect(fault.locator("span")).to_have_text(reported)
    assert faults_of(server)[0]["probability"] == 0.5
    marked(page, "fault-remove-0").click()
    expect(fault).to_have_count(0)
    assert faults_of(server) == []


def test_the_desired_state_is_edited(page, server):
    choose(page, server["here"]["tracking_id"])
    marked(page, "shadow-text").fill("{")
    marked(page, "shadow-save").click()
    marked(page, "shadow-trouble").get_by_text("Expecting").wait_for()
    marked(page, "shadow-text").fill('{"payload": {"led": "red"}}')
    # A person takes time to type; the page continues to update.
    shown = marked(page, "clock").text_content()
    expect(marked(page, "clock")).not_to_have_text(shown)
    marked(page, "shadow-save").click()
    marked(page, "shadow-version").get_by_text("version 1,").wait_for()
    here = server["here"]
    owner = {"Authorization": "Bearer " + here["user_token"]}
    shadow = httpx.get(f"{here['url']}/shadows/v2/{here['tracking_id']}", headers=owner).json()
    assert shadow["desired"]["payload"] == {"led": "red"}
    assert json.loads(marked(page, "shadow-reported").text_content())["payload"] == {"level": 7}


def test_positions_and_csv_of_a_node(page, server):
    choose(page, "van")
    marked(page, "map-place").get_by_text("52.5").wait_for()
    expect(marked(page, "map").locator("canvas")).to_have_count(1)
    expect(marked(page, "shadow")).to_be_hidden()
    with page.expect_download() as download:
        marked(page, "export").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("time,ship_id,cargo_id,value")
    assert len(lines) == 41


def test_no_secret_of_any_dialect_is_on_the_page(page, server, open_page):
    here, sent = server["here"], ""
    for name in ("van", server["sensocan"]["device_uuid"], here["tracking_id"]):
        choose(page, name)
        rows = marked(page, "request-row")
        rows.first.wait_for()
        for row in rows.all():
            row.click()
        expect(marked(page, "request-texts")).to_have_count(rows.count())
        sent += page.content()
    sent += open_page.watched()[0].sent()
    secrets = [here["device_secret"], here["user_token"], server["sensocan"]["token"]]
    for secret in [*secrets, server["harbor_v1"]["api_key"], "h1."]:
        assert secret not in sent
