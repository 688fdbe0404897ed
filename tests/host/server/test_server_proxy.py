"""Faults on the wire and in certificates: the effect of each on a client."""

import contextlib
import socket
import ssl
import time

import httpx
import pytest
from support.server.admin_client import admin_client
from wherry_host.clock import VirtualClock
from wherry_host.server.service import Service

SHORT_S = 0.3


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(service):
    service.set_faults()
    yield
    service.set_faults()


def open_socket(service, timeout_s=20):
    port = int(service.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=timeout_s)


def post(service, timeout_s=20):
    trust = ssl.create_default_context(cafile=service.ca)
    with httpx.Client(verify=trust, timeout=timeout_s) as client:
        body = {"ship_id": "s", "cargo_id": "c", "value": 1}
        headers = {"X-API-Key": service.api_key}
        return client.post(service.endpoint, json=body, headers=headers).status_code


def received(sock):
    """Return all bytes until the end of the stream, a reset or the socket's timeout."""
    pieces = []
    with contextlib.suppress(OSError):
        while piece := sock.recv(4096):
            pieces.append(piece)
    return b"".join(pieces)


def client_hello(service):
    """Return the first flight of a TLS client, without a socket."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=service.ca)
    session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()


def test_cut_after_a_number_of_bytes_down(service):
    for after_size in (0, 100):
        service.set_faults({"kind": "cut", "after_size": after_size, "times": 1})
        with open_socket(service) as sock:
            sock.sendall(client_hello(service))
            assert len(received(sock)) == after_size
    assert post(service) == 200


def test_cut_up_ends_the_request_before_it_is_stored(service):
    service.set_faults({"kind": "cut", "direction": "up", "after_size": 800})
    before = service.store.channels()
    with pytest.raises(httpx.TransportError):
        post(service)
    assert service.store.channels() == before


def test_stall_keeps_the_connection_open(service):
    service.set_faults({"kind": "stall", "after_size": 10, "times": 1})
    with open_socket(service) as sock:
        sock.sendall(client_hello(service))
        assert len(sock.recv(4096)) == 10
        sock.settimeout(SHORT_S)
        with pytest.raises(TimeoutError):
            sock.recv(1)
    assert post(service) == 200


def test_silence_accepts_and_sends_nothing(service):
    service.set_faults({"kind": "silence"})
    with pytest.raises(httpx.TimeoutException):
        post(service, SHORT_S)


def test_dribble_slows_the_handshake(service):
    service.set_faults({"kind": "dribble", "interval_ms": 20})
    with pytest.raises(httpx.TransportError):
        post(service, SHORT_S / 10)
    with open_socket(service) as sock:
        sock.settimeout(5)
        sock.sendall(client_hello(service))
        begin_s, size = time.monotonic(), 0
        while size < 8:
            size += len(sock.recv(8 - size))
    assert time.monotonic() - begin_s > 0.1


def test_garbage_is_not_tls(service):
    service.set_faults({"kind": "garbage", "size": 333, "times": 1})
    with open_socket(service) as sock:
        sock.sendall(b"hello")
        assert len(received(sock)) == 333


def test_refuse_closes_the_port_and_opens_it_again(service):
    service.set_faults({"kind": "refuse"})
    with pytest.raises(ConnectionRefusedError):
        open_socket(service)
    service.set_faults()
    assert post(service) == 200


def test_admin_cuts_open_connections(service):
    count = len(service.faults.strikes)
    with open_socket(service, 5) as sock, admin_client(service) as client:
        sock.sendall(client_hello(service))
        sock.recv(1)
        assert client.delete(service.admin_url + "/connections").is_success
        received(sock)
        assert sock.recv(1) == b""
    # The account of a node must know that an answer may have been lost.
    assert {kind for _, kind in service.faults.strikes[count:]} == {"cut"}


def test_broken_connections_do_not_delay_the_stop():
    with Service() as service:
        sockets = []
        for fault in ({"kind": "stall"}, {"kind": "silence"}, {"kind": "dribble"}):
            service.set_faults(fault)
            sockets.append(open_socket(service))
            sockets[-1].sendall(client_hello(service))
        time.sleep(0.05)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    for sock in sockets:
        sock.close()


def handshake(service, name="localhost"):
    context = ssl.create_default_context(cafile=service.ca)
    address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
    sock = socket.create_connection(address, timeout=5)
    with sock, context.wrap_socket(sock, server_hostname=name) as secured:
        return secured.getpeercert()


def test_good_certificate_is_valid_for_its_names():
    with Service() as service:
        for name in ("localhost", "harbor.test", "127.0.0.1"):
            assert handshake(service, name)
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            handshake(service, "harbor.example")


def test_bad_certificates_fail_for_their_reason():
    for kind, reason in (
        ("other_authority", "unable to get local issuer"),
        ("wrong_name", "mismatch"),
        ("expired", "expired"),
        ("not_yet_valid", "not yet valid"),
    ):
        refused = pytest.raises(ssl.SSLCertVerificationError, match=reason)
        with Service(certificate=kind) as service, refused:
            handshake(service)


def test_certificates_follow_the_virtual_clock(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock", true_us=1_500_000_000_000_000)
    with Service(clock_file=clock.path) as service:
        leaf = handshake(service)
        first, last = (ssl.cert_time_to_seconds(leaf[key]) for key in ("notBefore", "notAfter"))
    assert 1_499_000_000 < first < 1_500_000_000 < last
