"""Faults of the answers, of the time and of the names; their effect, targets and admin API."""

import socket
import struct

import httpx
import pytest
from support.server.admin_client import admin_client
from wherry_host.clock import VirtualClock
from wherry_host.server.service import Service

SECOND_US = 1_000_000
TRUE_US = 1_900_000_000 * SECOND_US
NTP_EPOCH_S = 2_208_988_800


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    path = tmp_path_factory.mktemp("clock") / "clock"
    VirtualClock.create(path, scale=1.0, true_us=TRUE_US)
    with Service(plain_http=True, clock_file=path, seed=7) as running:
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
        ({"status": 400}, "location", None),
        ({"status": 301, "location": "http://127.0.0.1:9/x"}, "location", "http://127.0.0.1:9/x"),
    ):
        service.set_faults({"kind": "status", "times": 1, **fault})
        response = send(client, service, "a")
        assert response.status_code == fault["status"]
        assert response.headers.get(header) == value, fault
        assert send(client, service, "b").status_code == 202
    assert stored(service) - before == 4


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


# The time and name servers, byte by byte from RFC 5905 and RFC 1035, and their switches.


def ask(address, request, timeout_s=10):
    host, port = address.rsplit(":", 1)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_s)
        sock.sendto(request, (host, int(port)))
        return sock.recv(1024)


def ask_time(service, timeout_s=10):
    return ask(service.sntp, bytes([0x23]) + bytes(39) + b"originTS", timeout_s)


def switch(service, name, **switches):
    with admin_client(service) as client:
        client.put(f"{service.admin_url}/{name}", json=switches).raise_for_status()


def unix_us(packet, offset):
    seconds, fraction = struct.unpack_from(">II", packet, offset)
    return (seconds - NTP_EPOCH_S) * SECOND_US + (fraction * SECOND_US >> 32)


def test_time_packet(service):
    switch(service, "sntp")
    packet = ask_time(service)
    assert len(packet) == 48
    assert packet[:2] == bytes([0x24, 2])
    assert packet[24:32] == b"originTS"
    for offset in (32, 40):
        assert abs(unix_us(packet, offset) - service.clock.now_us()) < SECOND_US
    assert TRUE_US < unix_us(packet, 40) < TRUE_US + 60 * SECOND_US


def test_time_server_may_be_wrong_in_every_way(service):
    switch(service, "sntp", kiss="RATE")
    packet = ask_time(service)
    assert (packet[0] >> 6, packet[1], packet[12:16]) == (3, 0, b"RATE")
    switch(service, "sntp", wrong_origin=True)
    assert ask_time(service)[24:32] != b"originTS"
    switch(service, "sntp", unsynchronised=True, stratum=16)
    packet = ask_time(service)
    assert (packet[0] >> 6, packet[1]) == (3, 16)
    switch(service, "sntp", offset_ms=-3_600_000)
    late_us = service.clock.now_us() - unix_us(ask_time(service), 40)
    assert abs(late_us - 3600 * SECOND_US) < SECOND_US
    switch(service, "sntp", dead=True)
    with pytest.raises(TimeoutError):
        ask_time(service, 0.1)


def test_unknown_switch_is_refused(service):
    with admin_client(service) as client:
        for name, wrong in (("sntp", {"deaf": True}), ("dns", {"aliases": -1})):
            assert client.put(f"{service.admin_url}/{name}", json=wrong).status_code == 422


def query(name, kind=1, query_id=0x1234):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return (
        struct.pack(">HHHHHH", query_id, 0x0100, 1, 0, 0, 0)
        + labels
        + struct.pack(">BHH", 0, kind, 1)
    )


def test_every_name_is_this_machine(service):
    switch(service, "dns")
    for name in ("localhost", "my-tenant.harbor.harborscale.com", "A.b"):
        request = query(name)
        reply = ask(service.dns, request)
        assert reply[:12] == struct.pack(">HHHHHH", 0x1234, 0x8180, 1, 1, 0, 0)
        assert reply[12 : len(request)] == request[12:]
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + bytes([127, 0, 0, 1])
        assert reply[len(request) :] == record


def test_name_server_may_be_wrong_in_every_way(service):
    switch(service, "dns", nxdomain=True)
    assert ask(service.dns, query("a.b"))[3] & 15 == 3
    switch(service, "dns", wrong_id=True)
    assert ask(service.dns, query("a.b"))[:2] != b"\x12\x34"
    switch(service, "dns", truncated=True)
    reply = ask(service.dns, query("a.b"))
    assert reply[2] & 2 and reply[6:8] == b"\0\0"
    switch(service, "dns", aliases=3)
    reply = ask(service.dns, query("a.b"))
    assert reply[6:8] == b"\0\4"
    assert reply.endswith(bytes([127, 0, 0, 1])) and reply.count(b"alias2") == 2
    switch(service, "dns", dead=True)
    with pytest.raises(TimeoutError):
        ask(service.dns, query("a.b"), 0.1)
