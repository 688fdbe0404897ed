"""The page's queries of the server's file: newest points, news, curves, requests; all by index."""

import asyncio
import os
import random
import sqlite3
import threading

from wherry_host.page.history import NEWS_MAX, History, News, Point
from wherry_host.server.store import Store

S = 1_000_000
APIS = ("harbor_v2", "sensocan", "ttn")
EVER = (-(1 << 60), 1 << 60)


def plans(history, act):
    """Return the query plans of all queries of a call."""
    queries = []
    history._db.set_trace_callback(queries.append)
    act()
    history._db.set_trace_callback(None)
    steps = []
    database = sqlite3.connect(history._path)
    for query in queries:
        steps += [row[3] for row in database.execute("EXPLAIN QUERY PLAN " + query)]
    database.close()
    return steps


def test_a_missing_file_a_missing_table_and_a_first_table_later(tmp_path):
    path = tmp_path / "a b?#.db"
    history = History(path)

    def see_nothing():
        assert history.devices() == {}
        assert history.news() == history.requests(9) == history.requests(9, ("ttn", "d")) == []
        assert history.refused(("ttn", "d")) == history.set_aside(("ttn", "d"), 9) == []
        assert history.set_aside_count(("ttn", "d")) == 0
        assert history.curve("ttn", "d", "c", *EVER).points == []
        assert history.count() == 0

    see_nothing()
    sqlite3.connect(path).close()
    see_nothing()
    store = Store(path)
    see_nothing()
    store.add("ttn", [("d", "c", 5, 1.5)], 7)
    assert history.news() == [News("ttn", "d", "c", 5, 1.5, 7)]
    assert history.devices() == {("ttn", "d"): {"c": Point(5, 1.5, 7)}}
    history.close()
    store.close()
    assert os.listdir(tmp_path) == ["a b?#.db"]


def test_newest_points_are_found_in_every_api_and_device(tmp_path):
    seed, count = 5, 3000
    chance = random.Random(seed)
    print(f"{count} points, seed {seed}")
    store, expected = Store(tmp_path / "a.db"), {}
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
    history = History(tmp_path / "a.db")
    assert history.devices() == expected
    assert history.count() == sum(channel["points"] for channel in store.channels())
    history.close()
    store.close()


def test_news_come_once_in_order_of_arrival_and_in_batches(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
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
    history.close()
    store.close()


def test_a_curve_shows_late_points_at_their_time(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
    for api in APIS:
        store.add(api, [("d", "c", time_us, time_us) for time_us in (1, 2, 5, 6)], 6)
        store.add(api, [("d", "x", 3, 0), ("e", "c", 3, 0)], 6)
        store.add(api, [("d", "c", 4, 4), ("d", "c", 3, 3)], 9)
        times = [(p.time_us, p.received_us) for p in history.curve(api, "d", "c", 2, 5).points]
        assert times == [(2, 6), (3, 9), (4, 9), (5, 6)], api
        assert [p.time_us for p in history.latest(api, "d", "c", 2)] == [6, 5]
        for nothing in (("nothing", *EVER), ("c", 5, 4)):
            assert history.curve(api, "d", *nothing).points == []
    store.add("sensocan", [("d", "c", 6, 60)], 10)
    assert [p.value for p in history.curve("sensocan", "d", "c", 6, 6).points] == [6, 60]
    history.close()
    store.close()


def test_requests_come_newest_first(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
    for i in range(7):
        store.log(i, "sensocan", "POST", f"/{i}", 200, "body", "answer", "d")
    store.flush()
    first = history.requests(3)
    assert [request["path"] for request in first] == ["/6", "/5", "/4"]
    names = {"id", "received_us", "api", "device", "method", "status", "body", "answer"}
    assert first[0].keys() >= names
    history.close()
    store.close()


def test_a_device_has_its_own_requests_and_those_of_an_unknown_sender(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
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
    history.close()
    store.close()


# (api, device, status) of requests, in order; an unknown device or service is "".
LOGGED = (
    ("harbor_v2", "shed", 202), ("harbor_v2", "barn", 500), ("sensocan", "shed", 201),
    ("harbor_v2", "", 401), ("harbor_v2", "shed", 0), ("harbor_v2", "shed", 400),
    ("sensocan", "", 401), ("", "shed", 404), ("", "", 404), ("harbor_v2", "meadow", 200),
)  # fmt: skip


def test_readings_refused_alone_and_not_stored_are_set_aside(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
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
    history.close()
    store.close()


def test_no_query_scans_the_table(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
    for api in APIS:
        store.add(api, [("d", "c", i, i) for i in range(50)], 1)
    calls = [history.devices, history.news, history.count]
    for api in APIS:
        calls.append(lambda api=api: history.curve(api, "d", "c", 0, 50, 10))
        calls.append(lambda api=api: history.latest(api, "d", "c", 3))
        calls.append(lambda api=api: history.around(api, "d", "c", 20, 30))
        calls.append(lambda api=api: history.first_us(api, "d", "c"))
        calls.append(lambda api=api: history.set_aside((api, "d"), 9))
    for call in calls:
        call()
        for step in plans(history, call):
            # Only the search for the newest begins without a name, at the end of an index.
            if call == history.devices and step.startswith("SCAN points USING"):
                continue
            assert "points" not in step or step.startswith("SEARCH"), step
    history.close()
    store.close()


def test_reads_in_many_threads_neither_wait_for_the_writer_nor_delay_it(tmp_path):
    store, history = Store(tmp_path / "a.db"), History(tmp_path / "a.db")
    store.add("ttn", [("d", "c", i, i) for i in range(2000)], 1)
    history.news()
    writer = threading.Thread(target=add_each, args=(store, range(2000, 2300)))
    # The writer holds its lock on the file throughout.
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
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
    assert os.listdir(tmp_path) == ["a.db"]


def add_each(store, numbers):
    for number in numbers:
        store.add("ttn", [("d", "c", number, number)], number)
