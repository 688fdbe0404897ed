"""A connection whose request never completes is closed; a slow one that continues is not."""

import socket
import ssl
import time
from contextlib import suppress

import pytest
from wherry_host.server.service import Service

TIMEOUT_S = 0.5
PATIENCE_S = 30
# A busy computer's delay between two pieces does not matter at this timeout.
LONG_S, PIECE_S = 5, 0.5


@pytest.fixture(scope="module", params=[True, False], ids=["http", "https"])
def service(request):
    with Service(plain_http=request.param, request_timeout_s=TIMEOUT_S) as running:
        yield running


def connected(service, url=None):
    """Return a connected socket after the TLS handshake."""
    port = int((url or service.url).rpartition(":")[2].partition("/")[0])
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    if url or service.plain_http:
        return plain
    trust = ssl.create_default_context(cafile=service.ca)
    return trust.wrap_socket(plain, server_hostname="localhost")


def heard(asked, sent):
    """Send an incomplete request; return the bytes received until the connection ends."""
    pieces = []
    # On a busy computer the server may have ended it already.
    with suppress(ConnectionError, ssl.SSLEOFError):
        asked.sendall(sent)
    # An end without a TLS alert is an end as well; a timeout is not.
    with suppress(ConnectionError, ssl.SSLEOFError):
        while piece := asked.recv(4096):
            pieces.append(piece)
    return b"".join(pieces)


def post(service, body_size, sent):
    """Return the bytes of a request that announces a body of this size."""
    path = service.endpoint.removeprefix(service.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {service.api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {body_size}\r\n\r\n"
    )
    return head.encode() + sent


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALVES = (b"", b"G", b"GET /healthz HTTP/1.1\r\n", HEALTH[:-2])


def ask_health(asked):
    asked.sendall(HEALTH)
    reported = b""
    while not reported.endswith(b'"healthy"}'):
        piece = asked.recv(4096)
        assert piece, reported
        reported += piece


def test_half_a_head_is_not_waited_for(service):
    for half in HALVES:
        with connected(service) as asked:
            assert heard(asked, half) == b"", half


def test_half_a_body_is_not_waited_for(service):
    before = service.store.channels()
    with connected(service) as asked:
        assert heard(asked, post(service, 100, b'{"ship_id"')) == b""
    assert service.store.channels() == before


def test_a_head_sent_slowly_ends_in_time(service):
    begin_s = time.monotonic()
    with connected(service) as asked, suppress(OSError):
        asked.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        while time.monotonic() < begin_s + PATIENCE_S:
            asked.sendall(b"x")
            time.sleep(TIMEOUT_S / 10)
    assert TIMEOUT_S <= time.monotonic() - begin_s < PATIENCE_S


def test_a_body_that_continues_is_accepted():
    body = b'{"ship_id": "s", "cargo_id": "c", "value": 1}'
    with (
        Service(plain_http=True, request_timeout_s=LONG_S) as service,
        connected(service) as asked,
    ):
        asked.sendall(post(service, len(body), b""))
        end_s = time.monotonic() + LONG_S + 2 * PIECE_S
        while time.monotonic() < end_s:
            asked.sendall(body[:1])
            body = body[1:]
            time.sleep(PIECE_S)
        asked.sendall(body)
        assert asked.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_between_two_requests_a_connection_is_kept(service):
    with connected(service) as asked:
        for _ in range(2):
            ask_health(asked)
            time.sleep(2 * TIMEOUT_S)


def test_the_admin_api_does_not_wait_either(service):
    with connected(service, service.admin_url) as asked:
        assert heard(asked, HALVES[-1]) == b""
