"""Faults in the answers: each kind, its effect on the store, its targets, and the admin API."""

import httpx
import pytest
from support.server.admin_client import admin_client
from wherry_host.server.service import Service


@pytest.fixture(scope="module")
def service():
    with Service(plain_http=True, seed=7) as running:
        yield running


@pytest.fixture
def client(service):
    service.set_faults()
    with httpx.Client(headers={"X-API-Key": service.api_key}) as session:
        yield session
    service.set_faults()


def send(client, service, *channels, device="s", value=1):
    """Post a batch; points are dated by arrival, so they are never copies."""
    points = [{"ship_id": device, "cargo_id": name, "value": value} for name in channels]
    return client.post(service.endpoint + "/batch", json=points)


def stored(service):
    return sum(channel["points"] for channel in service.store.channels())


def test_status_faults(service, client):
    before = stored(service)
    for fault, header, value in (
        ({"status": 429}, "retry-after", None),
        ({"status": 429, "retry_after_s": 30}, "retry-after", "30"),
        ({"status": 500}, "location", None),
        ({"status": 401}, "location", None),
        ({"status": 400}, "location", None),
        ({"status": 301, "location": "http://127.0.0.1:9/x"}, "location", "http://127.0.0.1:9/x"),
    ):
        service.set_faults({"kind": "status", "times": 1, **fault})
        response = send(client, service, "a")
        assert response.status_code == fault["status"]
        assert response.headers.get(header) == value, fault
        assert send(client, service, "b").status_code == 202
    assert stored(service) - before == 6


def test_faults_skip_requests_that_fail_anyway(service, client):
    service.set_faults({"kind": "status", "status": 500, "times": 1})
    assert client.post(service.endpoint, json={}, headers={"X-API-Key": "x"}).status_code == 401
    assert client.post(service.endpoint + "/batch", json=[]).status_code == 400
    assert send(client, service, "a").status_code == 500


def test_drop_stores_and_never_answers(service, client):
    before = stored(service)
    service.set_faults({"kind": "drop", "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        send(client, service, "a", "b")
    assert stored(service) - before == 2
    assert send(client, service, "a").status_code == 202
    assert 0 in [request["status"] for request in service.store.requests(5)]


def test_short_leaves_one_point_out(service, client):
    before = stored(service)
    service.set_faults({"kind": "short", "times": 1})
    assert send(client, service, "a", "b", "c").json()["count"] == 2
    service.set_faults({"kind": "short", "channel": "bad"})
    assert send(client, service, "a", "bad", "c").json()["count"] == 2
    assert send(client, service, "a", "c").json()["count"] == 2
    assert stored(service) - before == 6
    names = {channel["channel"] for channel in service.store.channels()}
    assert "bad" not in names


def test_lose_accepts_and_stores_nothing(service, client):
    before = stored(service)
    service.set_faults({"kind": "lose", "times": 1})
    assert send(client, service, "a").status_code == 202
    assert stored(service) == before


def test_poison_refuses_the_whole_batch(service, client):
    service.set_faults({"kind": "poison", "channel": "hum", "value": 55})
    assert send(client, service, "temp", "hum", value=55).status_code == 400
    assert send(client, service, "temp", value=55).status_code == 202
    assert send(client, service, "temp", "hum", value=54).status_code == 202


def test_faults_choose_api_and_device(service, client):
    service.set_faults(
        {"kind": "status", "status": 429, "device": "s1"},
        {"kind": "status", "status": 500, "api": "ttn"},
    )
    assert send(client, service, "a", device="s1").status_code == 429
    assert send(client, service, "a", device="s2").status_code == 202
    uplink = {
        "end_device_ids": {"device_id": "s2"},
        "received_at": "2025-04-01T10:00:00Z",
        "uplink_message": {"decoded_payload": {"t": 1}},
    }
    assert client.post(service.endpoint + "/ttn", json=uplink).status_code == 500


def test_a_seed_repeats_its_strikes():
    runs = []
    for _ in range(2):
        with Service(plain_http=True, seed=99) as service:
            service.set_faults({"kind": "status", "probability": 0.5})
            client = httpx.Client(headers={"X-API-Key": service.api_key})
            runs.append([send(client, service, "a").status_code for _ in range(30)])
            client.close()
    assert runs[0] == runs[1]
    assert set(runs[0]) == {500, 202}


@pytest.fixture
def owner(service):
    with admin_client(service) as session:
        yield session


def test_admin_lists_sets_and_clears_faults(service, client, owner):
    admin = service.admin_url
    faults = [{"kind": "status", "status": 503, "times": 2}, {"kind": "stall", "after_size": 9}]
    assert [f["kind"] for f in owner.put(admin + "/faults", json=faults).json()] == [
        "status",
        "stall",
    ]
    assert owner.put(admin + "/faults", json=faults[:1]).is_success
    assert owner.post(admin + "/faults", json={"kind": "drop"}).is_success
    assert send(client, service, "a").status_code == 503
    assert [(f["kind"], f["struck"]) for f in owner.get(admin + "/faults").json()] == [
        ("status", 1),
        ("drop", 0),
    ]
    assert owner.delete(admin + "/faults").json() == []
    for wrong in (
        [{"kind": "flood"}],
        [{"kind": "poison"}],
        [{"kind": "status", "staus": 500}],
        [{"kind": "status", "probability": 2}],
    ):
        assert owner.put(admin + "/faults", json=wrong).status_code == 422, wrong


def test_admin_counts_and_shows_requests_without_the_key(service, client, owner):
    send(client, service, "x")
    points = owner.get(service.admin_url + "/points").json()
    assert points["points"] == stored(service)
    assert {"api", "device", "channel", "points", "copies"} <= set(points["channels"][0])
    requests = owner.get(service.admin_url + "/requests", params={"count": 1})
    assert requests.json()[0]["status"] == 202
    assert service.api_key not in requests.text
    assert owner.get(service.admin_url).json()["account"]["points"] == points["points"]
