"""Create a large database in the server's schema: a month of many nodes, from a seed.

`python -m bench.big_database FOLDER` creates it and prints its duration and size. Points are in
the order in which they would have arrived: a node that was offline delivers its stored points
once it is back. Every twentieth node speaks SensoCan, the others Harbor.
"""

import math
import sqlite3
import sys
import time
from collections import namedtuple
from contextlib import closing
from pathlib import Path
from random import Random

from wherry_host.server.store import Store

CHANNELS = (
    "temperature",
    "humidity",
    "pressure",
    "battery_voltage",
    "node_rssi",
    "node_delivered",
)
# 2026-10-01T00:00:00Z
END_US = 1_790_812_800_000_000
_SECOND_US = 1_000_000
_DAY_S = 86_400
_OUTAGE_S_MAX = 43_200
# A node has about one outage every ten days.
_OUTAGES_A_DAY = 0.1

_Node = namedtuple("_Node", "api name phase_us offsets outages")


def make(folder, seed=0, node_count=1000, days=30, interval_s=900, end_us=END_US):
    """Create points.db in a folder; return its path. The last sample is just before end_us.

    Raises OSError or sqlite3.Error if this fails, FileExistsError if the file already exists.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / "points.db"
    if path.exists():
        raise FileExistsError(f"{path} exists; remove it or name another folder")
    Store(path).close()
    rows = _rows(Random(seed), node_count, days * _DAY_S // interval_s, interval_s, end_us)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        _fill(database, rows)
    return path


def _fill(database, rows):
    """Insert all rows, then build the indexes by sorting, which is faster than row by row."""
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
        database.execute(f"PRAGMA {setting}")
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'points'"
    indexes = database.execute(query).fetchall()
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO points(api, device, channel, time_us, value, received_us)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    database.execute("COMMIT")
    for _, statement in indexes:
        database.execute(statement)
    database.execute("PRAGMA journal_mode = WAL")


def _rows(random, node_count, step_count, interval_s, end_us):
    """Yield all rows in the order of their arrival."""
    nodes = [_node(random, i, step_count, interval_s) for i in range(node_count)]
    nodes.sort(key=lambda node: node.phase_us)
    kept = {node.name: [] for node in nodes}
    for step in range(step_count):
        begin_us = end_us - (step_count - step) * interval_s * _SECOND_US
        common = _weather(begin_us // _SECOND_US, step)
        for node in nodes:
            stamp_us = begin_us + node.phase_us
            if step in node.outages:
                kept[node.name].append((stamp_us, common))
                continue
            received_us = stamp_us + 1_200_000
            if kept[node.name]:
                for stamp_late_us, common_late in kept[node.name]:
                    yield from _points(node, stamp_late_us, common_late, received_us)
                kept[node.name].clear()
            yield from _points(node, stamp_us, common, received_us)


def _points(node, stamp_us, common, received_us):
    api, name, _, offsets, _ = node
    for channel, value, offset in zip(CHANNELS, common, offsets, strict=True):
        yield api, name, channel, stamp_us, round(value + offset, 3), received_us


def _node(random, index, step_count, interval_s):
    api = "sensocan" if index % 20 == 19 else "harbor_v2"
    offsets = [random.gauss(0, deviation) for deviation in (3, 8, 2, 0.1, 9, 0)]
    outages = set()
    for step in range(step_count):
        if random.random() < _OUTAGES_A_DAY * interval_s / _DAY_S:
            length = int(random.uniform(1, _OUTAGE_S_MAX / interval_s))
            # A node that is offline at the end would never deliver its points.
            outages.update(range(step, min(step + length, step_count - 1)))
    return _Node(
        api, f"node-{index:04d}", random.randrange(interval_s) * _SECOND_US, offsets, outages
    )


def _weather(time_s, step):
    """Return a value for each of CHANNELS, for all nodes: a daily wave and slow weather."""
    day = math.sin(2 * math.pi * (time_s / _DAY_S - 0.3))
    front = math.sin(time_s / 200_000) + 0.5 * math.sin(time_s / 71_000)
    noise = math.sin(step * 12.9898) * 0.15
    temperature = 14 + 5 * day + 3 * front + noise
    charge = 3.9 + 0.15 * day + 0.05 * front
    rssi = -68 + 4 * noise
    return temperature, 65 - 12 * day + noise, 1013 + 9 * front, charge, rssi, step * len(CHANNELS)


def main(arguments):
    """Create the database in the named folder; return the exit status."""
    if len(arguments) != 1:
        print("usage: python -m bench.big_database FOLDER", file=sys.stderr)
        return 2
    begin = time.monotonic()
    try:
        path = make(arguments[0])
    except OSError as error:
        print(f"big_database: {error}", file=sys.stderr)
        return 1
    size_mb = path.stat().st_size / 1e6
    print(f"{path}: {size_mb:.0f} MB in {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
