"""The store: keys that recognise resends, stamps, the request log, a kill, earlier versions."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import httpx
from wherry_host.server.rfc3339 import parse_us
from wherry_host.server.service import Service
from wherry_host.server.store import REQUESTS_MAX, Store

SECOND_US = 1_000_000


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


# The tables of earlier versions that had fewer columns.
EARLIER = """
CREATE TABLE requests(
  id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, api TEXT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE refusals(
  id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, api TEXT NOT NULL, device TEXT NOT NULL,
  channel TEXT NOT NULL, time_us INTEGER NOT NULL, status INTEGER NOT NULL,
  count INTEGER NOT NULL);
INSERT INTO requests VALUES (1, 1, 'ttn', 'POST', '/', 200, 'b', 'a');
INSERT INTO refusals VALUES (1, 1, 'ttn', 'shed', 't', 1, 400, 1);
"""


def test_a_file_of_an_earlier_version_gets_the_new_columns(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(EARLIER)
    for received_us in (2, 3):
        with closing(Store(path, secrets=["k-secret"])) as store:
            store.log(received_us, "ttn", "POST", "/", 400, "b", "a", "shed")
            reason = b"no k-secret" + b"!" * 9999
            store.refuse("ttn", [("shed", "t", received_us, 1.5)], received_us, 400, reason)
    with closing(sqlite3.connect(path)) as db:
        requests = db.execute("SELECT received_us, device FROM requests").fetchall()
        refusals = db.execute("SELECT time_us, count, reason FROM refusals").fetchall()
    assert requests == [(1, ""), (2, "shed"), (3, "shed")]
    reported = "no ***" + "!" * 494
    assert refusals == [(1, 1, ""), (2, 1, reported), (3, 1, reported)]
