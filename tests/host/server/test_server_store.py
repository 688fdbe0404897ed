"""The store: keys that recognise resends, stamps, the request log, and the state after a kill."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import httpx
from wherry_host.clock import VirtualClock
from wherry_host.server.rfc3339 import parse_us
from wherry_host.server.service import Service
from wherry_host.server.store import REQUESTS_MAX, Store

SECOND_US = 1_000_000
STAMP_US = 1_735_787_045 * SECOND_US


def rows(path, columns="device, channel, time_us, value, copies"):
    database = sqlite3.connect(path)
    found = database.execute(f"SELECT {columns} FROM points ORDER BY rowid").fetchall()
    database.close()
    return found


def post(service, body, path="/batch"):
    headers = {"X-API-Key": service.api_key}
    return httpx.post(service.endpoint + path, json=body, headers=headers)


def point(time, value, cargo="c"):
    return {"ship_id": "s", "cargo_id": cargo, "value": value, "time": time}


def test_times_are_read_as_the_official_server_reads_them():
    for text, expected_us in (
        ("2025-01-02T03:04:05Z", STAMP_US),
        ("2025-01-02T3:04:05Z", STAMP_US),
        ("2025-01-02T05:04:05+02:00", STAMP_US),
        ("2025-01-01T21:34:05-05:30", STAMP_US),
        ("2025-01-02T03:04:05.123456789Z", STAMP_US + 123_456),
        ("2025-01-02T03:04:05,5Z", STAMP_US + 500_000),
        ("2025-01-02T03:04:05.0000009Z", STAMP_US),
        ("1970-01-01T00:00:00Z", 0),
        ("0001-01-01T00:00:00Z", -62_135_596_800 * SECOND_US),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * SECOND_US),
    ):
        assert parse_us(text) == expected_us, text


def test_other_times_are_invalid():
    for text in (
        "2025-01-02T03:04:05",
        "2025-01-02 03:04:05Z",
        "2025-01-02t03:04:05Z",
        "2025-01-02T03:04:05z",
        "2025-01-02",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-01-02T24:00:00Z",
        "2025-01-02T03:60:00Z",
        "2025-01-02T03:04:60Z",
        "2025-01-02T03:04:05.Z",
        "2025-01-02T03:04:05+0200",
        "2025-01-02T03:04:05Z\n",
        "1735787045",
        "",
    ):
        assert parse_us(text) is None, text


def test_points_without_a_usable_time_are_dated_by_the_clock(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock", scale=1.0, true_us=STAMP_US)
    with Service(plain_http=True, clock_file=clock.path) as service:
        bodies = [point(time, 1) for time in (None, "", 5, "2025-01-02T03:04:05")]
        bodies.append({"ship_id": "s", "cargo_id": "c", "value": 1})
        assert post(service, bodies).json()["count"] == 5
        found = rows(service.db, "time_us, received_us")
        date = httpx.head(service.url + "/").headers["date"]
    assert len({time_us for time_us, _ in found}) == 5
    for time_us, received_us in found:
        assert STAMP_US <= received_us <= time_us < received_us + 5 < STAMP_US + 10 * SECOND_US
    assert date.startswith("Thu, 02 Jan 2025 03:04:")


def test_first_value_wins_and_copies_count():
    first = [point("2025-03-01T00:00:00Z", 1), point("2025-03-01T00:00:00Z", 2, "d")]
    again = [point("2025-03-01T02:00:00+02:00", 9), point("2025-03-01T00:00:00.0000004Z", 9, "d")]
    with Service(plain_http=True) as service:
        assert post(service, first).json()["count"] == 2
        assert post(service, again).json()["count"] == 2
        assert post(service, again[:1]).status_code == 202
        stamp_us = parse_us("2025-03-01T00:00:00Z")
        assert rows(service.db) == [("s", "c", stamp_us, 1.0, 2), ("s", "d", stamp_us, 2.0, 1)]
        assert set(rows(service.db, "api")) == {("harbor_v2",)}


def test_table_is_exactly_as_promised(tmp_path):
    Store(tmp_path / "a.db").close()
    database = sqlite3.connect(tmp_path / "a.db")
    names = [column[1] for column in database.execute("PRAGMA table_info(points)")]
    database.close()
    assert names == ["api", "device", "channel", "time_us", "value", "received_us", "copies"]


def test_keys_are_separate_per_api_and_absent_for_sensocan(tmp_path):
    store = Store(tmp_path / "a.db")
    for api in ("harbor_v2", "ttn", "sensocan"):
        for value in (1, 2):
            store.add(api, [("s", "c", 5, value)], 7)
    assert [(c["api"], c["points"], c["copies"]) for c in store.channels()] == [
        ("harbor_v2", 1, 1),
        ("sensocan", 2, 0),
        ("ttn", 1, 1),
    ]
    store.close()
    assert os.listdir(tmp_path) == ["a.db"]


def test_request_log_is_bounded_and_masked(tmp_path):
    store = Store(tmp_path / "a.db", secrets=["k-secret"])
    for number in range(REQUESTS_MAX + 200):
        store.log(number, "harbor_v2", "POST", "/k-secret", 200, b"a k-secret \xff", b"{}")
        if number % 100 == 0:
            store.flush()
    kept = store.requests(5000)
    store.close()
    assert len(kept) == REQUESTS_MAX
    assert kept[0]["received_us"] == REQUESTS_MAX + 199
    assert b"k-secret" not in (tmp_path / "a.db").read_bytes()


def test_uplink_of_the_things_stack_is_stored_as_ttn():
    body = {
        "end_device_ids": {"device_id": "dev1"},
        "received_at": "2025-04-01T10:00:00.123456789Z",
        "uplink_message": {
            "decoded_payload": {"temperature": 21.5, "numstr": "3.3", "flag": True, "n": {"x": 1}},
            "rx_metadata": [{"rssi": -35, "snr": 5.2}, {"rssi": -99}],
            "settings": {
                "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}},
                "frequency": "868300000",
            },
        },
    }
    missing = {"message": "Validation Error", "details": "Missing device_id in TTN payload"}
    with Service(plain_http=True) as service:
        answer = {"data_points": 8, "ship_id": "dev1", "status": "TTN Payload Processed"}
        assert post(service, body, "/ttn").json() == answer
        body["uplink_message"]["decoded_payload"]["time"] = "2025-04-01T11:00:00Z"
        assert post(service, body, "/ttn").json() == answer
        body["received_at"] = "yesterday"
        assert post(service, body, "/ttn").status_code == 400
        assert post(service, {**body, "end_device_ids": {}}, "/ttn").json() == missing
        found = rows(service.db, "api, channel, time_us, value")
    received_us = parse_us("2025-04-01T10:00:00.123456Z")
    assert {row[1]: row[3] for row in found if row[2] == received_us} == {
        "temperature": 21.5,
        "numstr": 3.3,
        "rssi": -35.0,
        "snr": 5.2,
        "channel_rssi": 0.0,
        "bandwidth": 125000.0,
        "spreading_factor": 7.0,
        "frequency": 868300000.0,
    }
    assert len(found) == 16 and {row[0] for row in found} == {"ttn"}


def test_a_killed_server_keeps_all_it_acknowledged(tmp_path):
    database = tmp_path / "points.db"
    command = [sys.executable, "-m", "wherry_host.cli", "server", "--plain-http", "--json"]
    process = subprocess.Popen(
        [*command, "--db", database],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    summary = json.loads(process.stdout.readline())
    acknowledged = []
    poster = threading.Thread(target=post_until_dead, args=(summary, acknowledged))
    poster.start()
    while len(acknowledged) < 100:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    poster.join()
    stored = {row[0] for row in rows(database, "time_us")}
    lost = [number for number in acknowledged if number * SECOND_US not in stored]
    assert lost == []


def post_until_dead(summary, acknowledged):
    headers = {"X-API-Key": summary["harbor"]["api_key"]}
    with httpx.Client(headers=headers) as client:
        for number in range(100_000):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(number))
            try:
                response = client.post(summary["harbor"]["endpoint"], json=point(stamp, number))
            except httpx.HTTPError:
                return
            if response.status_code == 200:
                acknowledged.append(number)
