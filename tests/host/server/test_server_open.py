"""`--profile oss` without records: compressed bodies, browsers, heads in pieces."""

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
from wherry_host.server.service import Service

V2 = "/api/v2/ingest"
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


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("br", brotli.compress),
        ("deflate", zlib.compress),
        ("gzip, br", lambda body: gzip.compress(brotli.compress(body))),
    ],
)
def test_compressed_bodies_and_truncated_ones(service, client, coding, pack):
    ship, path = coding, V2
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


def connected(service):
    raw = socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), timeout=10)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    trust = ssl.create_default_context(cafile=service.ca)
    return trust.wrap_socket(raw, server_hostname="localhost")


def head():
    return (
        f"POST {V2} HTTP/1.1\r\nX-API-Key: k\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(json.dumps(POINT))}\r\n\r\n"
    ).encode()


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


def test_a_request_after_the_last_answer_ends_quietly(service, caplog):
    bomb = brotli.compress(b" " * (UNPACKED_SIZE_MAX + 1), quality=1)
    fields = f"Host: h\r\nContent-Encoding: br\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with connected(service) as sock:
        sock.sendall(f"POST {V2} HTTP/1.1\r\n{fields}".encode() + bomb)
        assert b" 413 " in received(sock, b'Too Large"}')
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert received(sock, b"nothing ends it but the server") == b""
    assert not caplog.records
