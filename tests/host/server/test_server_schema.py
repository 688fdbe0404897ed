"""A database of an earlier version is migrated: it gets the new columns and indexes."""

import sqlite3
from contextlib import closing

from wherry_host.server.store import Store

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


def test_a_file_with_other_indexes_is_migrated(tmp_path):
    path = tmp_path / "points.db"
    with closing(Store(path)) as store:
        store.add("harbor_v2", [("n", "t", 1, 20.5)], 5)
        store.add("sensocan", [("n", "t", 1, 20.5)], 5)
    with closing(sqlite3.connect(path)) as db:
        db.executescript("""
            DROP INDEX points_key;
            DROP INDEX points_repeated;
            CREATE UNIQUE INDEX points_key ON points(api, device, channel, time_us)
              WHERE api <> 'sensocan';
            CREATE INDEX points_sensocan ON points(device, channel, time_us)
              WHERE api = 'sensocan';
            """)
    with closing(Store(path)) as store:
        store.add("harbor_v2", [("n", "t", 1, 20.5)], 6)
        store.add("sensocan", [("n", "t", 1, 20.5)], 6)
        found = [(each["api"], each["points"], each["copies"]) for each in store.channels()]
    assert found == [("harbor_v2", 1, 1), ("sensocan", 2, 0)]
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'points'"
        indexes = db.execute(query).fetchall()
    assert sorted(indexes) == [("points_key",), ("points_repeated",)]
