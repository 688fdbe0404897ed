"""A node's points as CSV, and the map of its positions."""

import asyncio
import csv
import io

import httpx
import pytest
from support.server.page_store import open_store
from wherry_host.owner.audit_table import read_table
from wherry_host.page.export import csv_pieces, file_name
from wherry_host.page.fleet import Device, Fleet
from wherry_host.page.history import Point
from wherry_host.page.map import bounds, channels_of
from wherry_host.page.serve import Page
from wherry_host.server.service import Service

S = 1_000_000


@pytest.fixture
def stored(tmp_path):
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


def test_every_point_is_exported_as_the_audit_reads_it(stored, tmp_path):
    _, history = stored
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


def test_rows_that_are_stored_twice_are_exported_twice(stored):
    _, history = stored
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


def test_positions_are_shown_true_to_scale():
    device = Device("here", "n", dict.fromkeys(("lat", "lng", "long"), Point(0, 0.0, 0)))
    assert channels_of(device) == ("lat", "lng")
    assert channels_of(Device("here", "n", {"lat": Point(0, 0.0, 0)})) is None
    for positions in ([(60.0, 10.0)], [(60.0, 10.0), (60.1, 10.0)], [(0.0, 0.0), (0.0, 1.0)]):
        (west, east), (south, north) = bounds(positions)
        for lat, lng in positions:
            assert west < lng < east, positions
            assert south < lat < north, positions
        # At 60 degrees a degree of longitude is half as long as one of latitude.
        stretch = 0.5 if positions[0][0] else 1
        assert (east - west) * stretch / (north - south) == pytest.approx(2.2, rel=0.01)
