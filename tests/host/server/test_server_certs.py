"""Certificates: the good one passes a strict client, each bad one fails for its own reason."""

import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from wherry_host.clock import VirtualClock
from wherry_host.server.certs import Authority
from wherry_host.server.service import Service


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


def test_der_and_pem_are_the_same_root():
    with Service() as service:
        der = Path(service.ca_der).read_bytes()
        root = x509.load_der_x509_certificate(der)
        assert root == x509.load_pem_x509_certificate(Path(service.ca).read_bytes())
        assert isinstance(root.public_key().curve, ec.SECP256R1)


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
    with pytest.raises(ValueError, match="sideways"):
        Authority().leaf(0, kind="sideways")


def test_certificates_follow_the_virtual_clock(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock", true_us=1_500_000_000_000_000)
    with Service(clock_file=clock.path) as service:
        leaf = handshake(service)
        first, last = (ssl.cert_time_to_seconds(leaf[key]) for key in ("notBefore", "notAfter"))
    assert 1_499_000_000 < first < 1_500_000_000 < last


def test_a_restarted_service_keeps_its_certificate(tmp_path):
    with Service(db=tmp_path / "a.db") as first:
        port = int(first.url.rpartition(":")[2])
        handshake(first)
    again = Service(
        db=tmp_path / "a.db", port=port, accounts=first.accounts, authority=first.authority
    )
    with again:
        assert again.endpoint == first.endpoint
        handshake(again)
