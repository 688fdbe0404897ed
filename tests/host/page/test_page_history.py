"""The page's queries of the server's file: newest points, news, requests, and CSV of a node."""

import asyncio
import csv
import io
import os
import random
import sqlite3
import threading

import httpx
import pytest
from support.server.page_store import open_store
from wherry_host.owner.audit_table import read_table
from wherry_host.page.export import csv_pieces, file_name
from wherry_host.page.fleet import Device, Fleet
from wherry_host.page.history import NEWS_MAX, History
from wherry_host.page.serve import Page
from wherry_host.server.service import Service
from wherry_host.server.store import Store

S = 1_000_000
APIS = ("harbor_v2", "sensocan", "ttn")
EVER = (-(1 << 60), 1 << 60)


@pytest.fixture
def stored(tmp_path):
    """A Store and its History."""
    with open_store(tmp_path) as found:
        yield found


def test_newest_points_are_found_in_every_api_and_device(stored):
    seed, count = 5, 3000
    chance = random.Random(seed)
    print(f"{count} points, seed {seed}")
    (store, history), expected = stored, {}
    for received_us in range(count):
        api = chance.choice(APIS)
        device = chance.choice(("", "n1", "n10", "n2", "N1", "ü"))
        channel = chance.choice(("", "t", "tt", "u"))
        time_us = chance.randrange(10_000)
        channels = expected.setdefault((api, device), {})
        known = channels.get(channel)
        store.add(api, [(device, channel, time_us, received_us)], received_us)
        is_later = time_us == known[0] and api == "sensocan" if known else True
        if is_later or time_us > known[0]:
            channels[channel] = (time_us, received_us, received_us)
    assert history.devices() == expected
    assert history.count() == sum(channel["points"] for channel in store.channels())


def test_news_come_once_in_order_of_arrival_and_in_batches(stored):
    store, history = stored
    store.add("ttn", [("d", "c", 1, 1)], 1)
    assert history.news() == []
    store.add("ttn", [("d", "c", 9, 2), ("d", "c", 3, 3), ("d", "c", 9, 4)], 10)
    store.add("sensocan", [("d", "c", 9, 5), ("d", "c", 9, 6)], 11)
    assert [(n.api, n.time_us, n.value) for n in history.news()] == [
        ("ttn", 9, 2), ("ttn", 3, 3), ("sensocan", 9, 5), ("sensocan", 9, 6),
    ]  # fmt: skip
    assert history.news() == []
    store.add("ttn", [("e", "c", i, i) for i in range(NEWS_MAX + 5)], 12)
    assert [len(history.news()) for _ in range(3)] == [NEWS_MAX, 5, 0]
    store.add("ttn", [("f", "c", 1, 1)], 13)
    assert ("ttn", "f") in history.devices()
    assert history.news() == []


def test_a_device_has_its_own_requests_and_those_of_an_unknown_sender(stored):
    store, history = stored
    for received_us, (api, device, status) in enumerate(LOGGED):
        store.log(received_us, api, "POST", "/", status, "", "", device)
    store.flush()

    def sent_by(*place):
        return [request["received_us"] for request in history.requests(99, place)]

    assert sent_by("harbor_v2", "shed") == [8, 7, 5, 4, 3, 0]
    assert history.requests(1, ("harbor_v2", "shed"))[0]["device"] == ""
    assert sent_by("sensocan", "shed") == [8, 7, 6, 2]
    # The webhook is a path of Harbor's own API, under whose name its requests are logged.
    assert sent_by("ttn", "meadow") == [9, 8, 3]
    assert history.refused(("harbor_v2", "shed")) == [(4, 0), (5, 400), (7, 404)]
    assert history.refused(("harbor_v2", "elsewhere")) == []


# (api, device, status) of requests, in order; an unknown device or service is "".
LOGGED = (
    ("harbor_v2", "shed", 202), ("harbor_v2", "barn", 500), ("sensocan", "shed", 201),
    ("harbor_v2", "", 401), ("harbor_v2", "shed", 0), ("harbor_v2", "shed", 400),
    ("sensocan", "", 401), ("", "shed", 404), ("", "", 404), ("harbor_v2", "meadow", 200),
)  # fmt: skip


def test_readings_refused_alone_and_not_stored_are_set_aside(stored):
    store, history = stored
    for api in ("harbor_v2", "sensocan"):
        store.add(api, [("d", "c", 5, 1)], 9)
        for time_us, status in ((1, 400), (2, 413), (3, 422), (4, 202), (5, 400), (6, 500)):
            store.refuse(api, [("d", "c", time_us, 1)], 10 + time_us, status, f"r{time_us}")
        store.refuse(api, [("d", "c", 7, 1), ("d", "c", 8, 1)], 20, 202, "in part")
        store.refuse(api, [("e", "c", 9, 1)], 20, 400, "of another")
    store.refuse("harbor_v2", [("d", "c", 1, 1)], 21, 422, "again")
    store.flush()
    place = ("harbor_v2", "d")
    found = history.set_aside(place, 99)
    assert [(each["time_us"], each["status"], each["reason"]) for each in found] == [
        (1, 422, "again"), (4, 202, "r4"), (3, 422, "r3"), (2, 413, "r2"),
    ]  # fmt: skip
    assert found[0] == {
        "time_us": 1, "channel": "c", "status": 422, "reason": "again", "received_us": 21,
    }  # fmt: skip
    assert history.set_aside(place, 2) == found[:2] and history.set_aside_count(place) == 4
    # A node holds a channel that SensoCan does not store.
    assert [each["time_us"] for each in history.set_aside(("sensocan", "d"), 99)] == [3, 2, 1]
    store.add("harbor_v2", [("d", "c", 1, 1)], 30)
    assert history.set_aside_count(place) == 3


def test_reads_in_many_threads_neither_wait_for_the_writer_nor_delay_it(tmp_path):
    store, history = Store(tmp_path / "points.db"), History(tmp_path / "points.db")
    store.add("ttn", [("d", "c", i, i) for i in range(2000)], 1)
    history.news()
    writer = threading.Thread(target=add_each, args=(store, range(2000, 2300)))
    # The writer holds its lock on the file throughout.
    holder = sqlite3.connect(tmp_path / "points.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert len(history.curve("ttn", "d", "c", *EVER, 5000).points) == 2000
    holder.execute("COMMIT")
    holder.close()

    async def read():
        writer.start()
        seen = 0
        while writer.is_alive() or seen < 300:
            asks = [asyncio.to_thread(history.curve, "ttn", "d", "c", 0, S, 50) for _ in range(3)]
            news, *curves = await asyncio.gather(asyncio.to_thread(history.news), *asks)
            assert all(2 <= len(curve.points) <= 12 for curve in curves)
            seen += len(news)
        return seen

    assert asyncio.run(read()) == 300
    writer.join()
    history.close()
    store.close()
    assert os.listdir(tmp_path) == ["points.db"]


def add_each(store, numbers):
    for number in numbers:
        store.add("ttn", [("d", "c", number, number)], number)


@pytest.fixture
def exporting(tmp_path):
    """A store with points of one node by two APIs, and its History."""
    with open_store(tmp_path) as (store, history):
        for second in range(12_000):
            points = [("n,1", "t", second * S + 250, second / 7)]
            store.add("harbor_v2", points, 20_000 * S)
            if second == 5:
                points.append(("n,1", 'naïve "h"', 7 * S, -1e-9))
                store.add("sensocan", points * 2, 20_000 * S)
        yield store, history


def exported(history, key):
    """Return the CSV text of a node."""
    fleet = Fleet(history)
    fleet.refresh()

    async def collect():
        return "".join([piece async for piece in csv_pieces(history, fleet.devices.get(key))])

    return asyncio.run(collect())


def test_every_point_is_exported_as_the_audit_reads_it(exporting, tmp_path):
    _, history = exporting
    text = exported(history, ("harbor_v2", "n,1"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 12_000
    assert rows[1]["time"] == "1970-01-01T00:00:01.000250Z"
    assert rows[1]["received"] == "1970-01-01T05:33:20.000000Z"
    assert [float(row["value"]) for row in rows] == [second / 7 for second in range(12_000)]
    path = tmp_path / "points.csv"
    path.write_text(text)
    points = read_table(path)["n,1"]
    assert list(points.times["t"]) == [second * S + 250 for second in range(12_000)]


def test_rows_that_are_stored_twice_are_exported_twice(exporting):
    _, history = exporting
    rows = list(csv.DictReader(io.StringIO(exported(history, ("sensocan", "n,1")))))
    assert [row["cargo_id"] for row in rows] == ['naïve "h"'] * 2 + ["t"] * 2


def test_file_names_are_plain():
    for name, expected in (("shed-1", "shed-1.csv"), ("../a b", "_a_b.csv"), ("..", "node.csv")):
        assert file_name(Device("", name)) == expected


def test_the_page_gives_the_file_of_a_known_node_only():
    with Service(page=Page, plain_http=True) as service:
        now_us = service.clock.now_us()
        service.store.add("harbor_v2", [("shed", "t", now_us, 1.5)], now_us)
        url = service.page_url + "export.csv"
        deadline_s = now_us / S + 10
        while True:
            answer = httpx.get(url, params={"api": "harbor_v2", "device": "shed"})
            if answer.status_code != 404 or service.clock.now_us() / S > deadline_s:
                break
        assert answer.text.splitlines()[1].split(",")[1:4] == ["shed", "t", "1.5"]
        assert answer.headers["content-disposition"] == 'attachment; filename="shed.csv"'
        assert httpx.get(url, params={"api": "here", "device": "shed"}).status_code == 404
