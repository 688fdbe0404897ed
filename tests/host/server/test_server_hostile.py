"""Requests that once raised in the server: each gets its dialect's answer, without a traceback."""

import random
import socket
import struct
from urllib.parse import urlsplit

import httpx
import pytest
from support.server import fuzzed_requests
from support.server.admin_client import admin_client
from support.server.server_fuzz import check, logged_errors
from wherry_host.server.dialects.here import TRACKING_ID as HERE_TRACKING_ID
from wherry_host.server.service import Service

COUNT = 2000
DEEP = 480


@pytest.fixture(scope="module")
def service():
    with Service(plain_http=True) as running:
        yield running


@pytest.fixture(autouse=True)
def quiet():
    """Check that no traceback is logged during the test."""
    with logged_errors() as logged:
        yield
        assert not logged, logged[0]


@pytest.fixture
def owner(service):
    with admin_client(service, **{"Content-Type": "application/json"}) as client:
        yield client
    service.set_faults()


def post(service):
    point = {"ship_id": "s", "cargo_id": "c", "time": "2026-01-01T00:00:00Z", "value": 1}
    return httpx.post(service.endpoint, json=point, headers={"X-API-Key": service.api_key})


def test_a_signature_of_other_letters_is_wrong(service):
    login = fuzzed_requests.families(service, "n1")[2][0]
    ((_, header),) = login.headers
    start = header.index(b'oauth_signature="') + len(b'oauth_signature="')
    for put in (b"\xe9", b"%C3%A9", b"%ED%A0%80"):
        given = {"Authorization": header[:start] + put + header[start:]}
        answer = httpx.post(service.url + "/v2/token", headers=given)
        assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized"), put
    given = {"Authorization": header, "Host": login.host}
    assert httpx.post(service.url + "/v2/token", headers=given).status_code == 200


def test_a_client_that_leaves_during_a_body_is_dropped(service):
    port = urlsplit(service.url).port
    for path in ("none", "healthz"):
        head = f"POST /{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
            asked.sendall(head.encode())
            asked.shutdown(socket.SHUT_WR)
            while asked.recv(4096):
                continue
    # One that resets the connection.
    with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asked.sendall(head.encode())
    assert post(service).status_code == 200


def nested(depth):
    return "[" * depth + "]" * depth


def test_a_deeply_nested_body_is_refused(service):
    families = fuzzed_requests.families(service, "n2")
    _, items, *_ = families[2]
    headers = {name.decode(): value.decode() for name, value in items.headers}
    now_ms = service.clock.now_us() // 1000
    tracked = service.apis["here"].shadow(HERE_TRACKING_ID)
    owner = {"Authorization": f"Bearer {service.accounts['here'].user_token}"}
    shadow = f"{service.url}/shadows/v2/{HERE_TRACKING_ID}"
    desired = dict(tracked.desired)
    for depth in (101, DEEP, 5000):
        body = f'[{{"timestamp": {now_ms}, "other": {nested(depth)}}}]'
        answer = httpx.post(service.url + "/v2/", content=body, headers=headers)
        assert answer.status_code == 400
        answer = httpx.put(shadow, content=f'{{"a": {nested(depth)}}}', headers=owner)
        assert answer.status_code == 400
    assert tracked.trace == [] and tracked.reported == {} and tracked.desired == desired
    body = f'[{{"timestamp": {now_ms}, "other": {nested(90)}}}]'
    assert httpx.post(service.url + "/v2/", content=body, headers=headers).status_code == 200
    assert httpx.put(shadow, content=f'{{"a": {nested(90)}}}', headers=owner).status_code == 200
    assert nested(90) in httpx.get(shadow, headers=owner).text


def test_the_admin_api_lists_a_thousand_requests_at_most(service, owner):
    for _ in range(3):
        post(service)
    listed = f"{service.admin_url}/requests?count="
    for count in ("9" * 5000, "1001", "-1", "1e3", "", "%ff", "1&count=x"):
        assert owner.get(listed + count).status_code == 422, count
    assert [len(owner.get(listed + count).json()) for count in ("0", "2")] == [0, 2]
    assert len(owner.get(listed + "1000").json()) >= 3


def test_faults_that_cannot_occur_are_refused(service, owner):
    for settings, name in (
        ('"kind": "status", "location": "http://x/\\n"', "location"),
        ('"kind": "status", "api": "\\ud800"', "api"),
        ('"kind": "garbage", "size": 4294967296', "size"),
        ('"kind": "dribble", "interval_ms": 1e300', "interval_ms"),
        ('"kind": "poison", "channel": "c", "value": 1e999', "value"),
        ('"kind": "status", "probability": NaN', "probability"),
        ('"kind": "status", "\\ud800": 1', "body"),
    ):
        answer = owner.post(service.admin_url + "/faults", content="{" + settings + "}")
        assert answer.status_code == 422, settings
        assert answer.json()["detail"][0]["loc"][-1] == name
    for settings in ('{"offset_ms": NaN}', '{"delay_in_ms": 1e300}'):
        assert owner.put(f"{service.admin_url}/sntp", content=settings).status_code == 422
    assert owner.get(service.admin_url).json()["faults"] == []


def test_not_modified_has_no_body(service, owner):
    service.set_faults({"kind": "status", "status": 304})
    answer = post(service)
    assert (answer.status_code, answer.content) == (304, b"")
    service.set_faults()
    assert post(service).status_code == 200


def test_mutated_requests_raise_nothing():
    """`make soak MINUTES=5` sends many more."""
    seed = random.getrandbits(29)
    print("seed", seed)
    statuses = check(COUNT, seed)
    print(sorted(statuses.items()))
    # The mutations leave some requests valid, and most answers are refusals of many kinds.
    assert {200, 400, 401, 404, 405, 421, 422} <= set(statuses)
