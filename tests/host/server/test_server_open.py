"""`--profile oss` without records: compressed bodies, browsers, heads in pieces, limits."""

import gzip
import json
import socket
import ssl
import zlib

import brotli
import httpx
import pytest
from support.server.harbor_accounts import with_key
from wherry_host.server.content_coding import UNPACKED_SIZE_MAX
from wherry_host.server.http_heads import HEAD_SIZE_MAX
from wherry_host.server.service import Service

V1, V2 = "/api/v1/ingest", "/api/v2/ingest"
ORIGIN = "http://localhost:8001"
POINT = {"time": "2026-05-01T10:20:30.250Z", "ship_id": "s1", "cargo_id": "t", "value": 1.5}
TOO_LARGE = {"message": "Internal Server Error", "details": "Request Entity Too Large"}


@pytest.fixture(scope="module")
def service():
    accounts = with_key("k")
    with Service(accounts=accounts, profile="oss") as running:
        yield running


@pytest.fixture(scope="module")
def client(service):
    trust = ssl.create_default_context(cafile=service.ca)
    headers = {"X-API-Key": "k", "Content-Type": "application/json"}
    with httpx.Client(verify=trust, headers=headers, base_url=service.url) as session:
        yield session


def rows(service, ship):
    return [each for each in service.store.channels() if each["device"] == ship]


def batch(ship, count=1):
    items = [{**POINT, "ship_id": ship, "cargo_id": str(n)} for n in range(count)]
    return json.dumps(items).encode()


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("br", brotli.compress),
        ("brotli", brotli.compress),
        ("deflate", zlib.compress),
        ("gzip", gzip.compress),
        ("gzip, br", lambda body: gzip.compress(brotli.compress(body))),
    ],
)
def test_compressed_bodies_and_truncated_ones(service, client, path, coding, pack):
    ship = f"{coding} {path}"
    body = pack(batch(ship, 9))
    headers = {"Content-Encoding": coding}
    for spoilt in (body[:-1], body[:9], b"no such coding"):
        answer = client.post(path + "/batch", content=spoilt, headers=headers)
        assert answer.status_code == 400, spoilt
    assert not rows(service, ship)
    assert client.post(path + "/batch", content=body, headers=headers).json()["count"] == 9
    assert len(rows(service, ship)) == 9


def test_an_uncompressed_body_has_a_limit_too(client):
    blanks = b" " * (UNPACKED_SIZE_MAX + 1)
    for coding, content in (
        ("gzip", gzip.compress(blanks, 1)),
        ("deflate", zlib.compress(blanks, 1)),
        ("br", brotli.compress(blanks, quality=1)),
    ):
        answer = client.post(V2, content=content, headers={"Content-Encoding": coding})
        assert (answer.status_code, answer.json()) == (413, TOO_LARGE), coding


def test_long_answers_are_compressed_for_clients_that_accept_it(client):
    refused = json.dumps([{**POINT, "cargo_id": ""}] * 40)
    for accepted, coding in (
        ("gzip, deflate, br", "br"),
        ("deflate, gzip", "gzip"),
        ("deflate", "deflate"),
        ("identity", None),
        ("gzip;q=1", None),
    ):
        headers = {"Accept-Encoding": accepted}
        answer = client.post(V2 + "/batch", content=refused, headers=headers)
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["vary"] == ("Origin,Accept-Encoding" if coding else "Origin")
        assert len(answer.json()["details"]) == 40


def test_browsers_may_post_from_one_origin(client):
    asks = {"Access-Control-Request-Method": "POST"}
    for origin, allowed in ((ORIGIN, ORIGIN), (ORIGIN.upper(), ORIGIN), ("http://evil", None)):
        preflight = client.options(V2 + "/batch", headers={**asks, "Origin": origin})
        posted = client.post(V2, json=POINT, headers={"Origin": origin})
        assert (preflight.status_code, posted.status_code) == (204, 200)
        for answer in (preflight, posted):
            assert answer.headers.get("access-control-allow-origin") == allowed
            reported = answer.headers.get("access-control-allow-credentials")
            assert reported == ("true" if allowed else None)
    assert client.options(V2, headers={"Origin": ORIGIN}).status_code == 405


def test_other_services_are_not_behind_the_framework(client):
    assert client.request("FOO", "/v2/token").status_code == 405
    path = "/api/v1/Devices/x/measurements"
    assert "Cannot POST" not in client.post(path + "/", json={}).text


UNSTORABLE = {**POINT, "time": "2026-05-01T10:20:30+24:00"}
UPLINK = {
    "end_device_ids": {"device_id": "dev1"},
    "received_at": UNSTORABLE["time"],
    "uplink_message": {"decoded_payload": {"a": 1}},
}


@pytest.mark.parametrize(
    ("path", "body", "reported"),
    [
        (V1, UNSTORABLE, "Failed to prepare data for queue"),
        (V1 + "/batch", [POINT, UNSTORABLE], "Failed to prepare batch data"),
        (V2 + "/batch", [POINT, UNSTORABLE], "Failed to prepare data"),
        (V2 + "/ttn", UPLINK, "Failed to prepare data"),
    ],
)
def test_a_zone_of_24_hours_cannot_be_written(service, client, path, body, reported):
    before = service.store.channels()
    answer = client.post(path, json=body)
    assert answer.status_code == 500
    assert reported in answer.json().values()
    assert service.store.channels() == before


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("name", ["ship_id", "cargo_id"])
def test_a_nul_in_a_name_loses_the_request(service, client, path, name):
    before = service.store.channels()
    spoilt = {**POINT, name: "a\0b"}
    assert client.post(path, json=spoilt).status_code == 200
    assert client.post(path + "/batch", json=[POINT, spoilt]).json()["count"] == 2
    assert service.store.channels() == before


def connected(service):
    raw = socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), timeout=10)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    trust = ssl.create_default_context(cafile=service.ca)
    return trust.wrap_socket(raw, server_hostname="localhost")


def head(size=0, path=V2):
    start = f"POST {path} HTTP/1.1\r\nX-API-Key: k\r\nContent-Type: application/json\r\n"
    start += f"Content-Length: {len(json.dumps(POINT))}\r\nX-Pad: "
    return f"{start}{'x' * (size - len(start) - 4)}\r\n\r\n".encode()


def received(sock, *ends):
    """Return the bytes received until all of `ends` have come in order, or to the stream's end."""
    text, at = b"", 0
    for end in ends:
        while end not in text[at:]:
            piece = sock.recv(4096)
            if not piece:
                return text
            text += piece
        at = text.index(end, at) + len(end)
    return text


def test_a_head_comes_in_any_pieces(service):
    body = json.dumps(POINT).encode()
    whole = head() + body
    with connected(service) as sock:
        for cut in range(1, len(whole)):
            sock.sendall(whole[:cut])
            sock.sendall(whole[cut:])
            assert received(sock, b'queued"}').startswith(b"HTTP/1.1 200 OK"), cut
        sock.sendall(whole + whole + whole[:40])
        received(sock, b'queued"}', b'queued"}')
        sock.sendall(whole[40:])
        assert received(sock, b'queued"}').startswith(b"HTTP/1.1 200 OK")


def test_a_head_has_room_for_4096_bytes(service):
    body = json.dumps(POINT).encode()
    with connected(service) as sock:
        assert len(head(HEAD_SIZE_MAX)) == HEAD_SIZE_MAX
        sock.sendall(head(HEAD_SIZE_MAX) + body)
        assert received(sock, b'queued"}').startswith(b"HTTP/1.1 200 OK")
        sock.sendall(head(HEAD_SIZE_MAX + 1, V1))
        refused = received(sock, b"nothing ends it but the server")
        assert refused.startswith(b"HTTP/1.1 431 ")
        assert refused.endswith(b'{"status_code":431,"message":"Request Header Fields Too Large"}')
    with connected(service) as sock:
        sock.sendall(head(HEAD_SIZE_MAX)[:-4] + b"xxxx")
        assert received(sock, b"nothing ends it but the server").startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("profile", ["cloud", "oss"])
def test_a_request_after_the_last_answer_ends_quietly(profile, caplog):
    bomb = brotli.compress(b" " * (UNPACKED_SIZE_MAX + 1), quality=1)
    with Service(accounts=with_key("k"), profile=profile) as service:
        path = service.endpoint.removeprefix(service.url)
        fields = f"Host: h\r\nContent-Encoding: br\r\nContent-Length: {len(bomb)}\r\n\r\n"
        with connected(service) as sock:
            sock.sendall(f"POST {path} HTTP/1.1\r\n{fields}".encode() + bomb)
            assert b" 413 " in received(sock, b'Too Large"}')
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            assert received(sock, b"nothing ends it but the server") == b""
    assert not caplog.records
