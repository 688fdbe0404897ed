"""The server records readings that it refused alone, and requests that it accepted partly."""

import sqlite3
from contextlib import closing

import httpx
import pytest
from wherry_host.account.uplink_tables import read_tables
from wherry_host.server import store
from wherry_host.server.dialects.sensocan import DEVICE
from wherry_host.server.service import Service

S = 1_795_000_000


@pytest.fixture
def service():
    with Service(plain_http=True) as running:
        yield running


def send(service, *channels):
    """Post a Harbor batch, each point a second later than the last; return the status."""
    points = [
        {"ship_id": "s", "cargo_id": name, "value": 1, "time": f"2026-11-18T11:06:{40 + i}Z"}
        for i, name in enumerate(channels)
    ]
    headers = {"X-API-Key": service.api_key}
    return httpx.post(service.endpoint + "/batch", json=points, headers=headers).status_code


def refusals(service):
    """Return (channel, s of its time, status, count) of the recorded refusals."""
    service.store.flush()
    query = "SELECT channel, time_us, status, count FROM refusals ORDER BY id"
    with closing(sqlite3.connect(service.db)) as db:
        rows = db.execute(query).fetchall()
    return [(channel, time_us // 1_000_000 - S, *rest) for channel, time_us, *rest in rows]


def test_a_refused_batch_is_recorded_only_once_a_reading_is_alone(service):
    service.set_faults({"kind": "poison", "channel": "bad"})
    assert send(service, "good", "bad") == 400 and refusals(service) == []
    assert send(service, "bad") == 400 and send(service, "good") == 202
    service.set_faults({"kind": "status", "status": 500})
    assert send(service, "good") == 500
    assert refusals(service) == [("bad", 0, 400, 1), ("good", 0, 500, 1)]


def test_a_partly_accepted_request_is_recorded(service):
    service.set_faults({"kind": "short", "channel": "bad"})
    assert send(service, "good", "bad") == 202
    assert refusals(service) == [("good", 0, 202, 2), ("bad", 1, 202, 2)]


def test_only_the_newest_refusals_are_kept(service, monkeypatch):
    monkeypatch.setattr(store, "REFUSALS_MAX", 3)
    service.set_faults({"kind": "status", "status": 422})
    for name in "abcde":
        send(service, name)
        service.store.flush()
    assert [each[0] for each in refusals(service)] == ["c", "d", "e"]


def test_readings_refused_or_left_out_by_a_service_are_recorded():
    # A voltage is refused with the whole request; an unknown sensor may be left out of it.
    switches = {"sensocan": {"unknown_sensor": "skip"}}
    with Service(plain_http=True, switches=switches) as service:
        reported = service.summary()["sensocan"]
        url = f"{reported['url']}/devices/{DEVICE}/readings"
        headers = {"Authorization": f"Bearer {reported['token']}"}

        def post(**more):
            names = ["temperature", "unknown"][: 2 if not more else 1]
            data = [{"sensor_slug": name, "value": 1, "timestamp": S_TEXT} for name in names]
            return httpx.post(url, json={"data": data, **more}, headers=headers).status_code

        assert post(battery_voltage=999) == 422 and post() == 201
        assert refusals(service) == [
            ("temperature", 0, 422, 1), ("temperature", 0, 200, 2), ("unknown", 0, 200, 2),
        ]  # fmt: skip
        uplink = {"kind": "sensocan", "label": "sensocan", "device_uuid": DEVICE}
        uplink["selection"] = ["all", {"load": "unknown"}]
        typed = {"node": {"name": "n"}, "uplink": [uplink]}
        (table,) = read_tables(service.db, service, typed)
    assert table.refused == {("temperature", S * 1_000_000), ("load", S * 1_000_000)}
    assert table.api == "sensocan"


S_TEXT = "2026-11-18T11:06:40Z"
