"""The model of the chip's check of certificates agrees with the real Mbed TLS, case by case.

A client on MicroPython connects once for each case to a server on this computer, which sends the
certificates of the case. The clocks are true; the dates of the certificates vary.
"""

import json
import socket
import ssl
import subprocess
import time

import pytest
from cryptography.hazmat.primitives import serialization
from support.boards.tls_client import each, listens
from support.boards.virtual_boards import served
from support.places import MICROPYTHON
from support.year.certificates import HOST, all_cases, leaf, root
from wherry_host.year.world.trust import verify

CLIENT = """
import json, socket, sys, tls
with open(sys.argv[1]) as file:
    cases = json.load(file)
for number, (roots, host) in enumerate(cases):
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    for root in roots:
        context.load_verify_locations(bytes.fromhex(root))
    s = socket.socket()
    s.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[2]))[0][-1])
    s.write(bytes((number,)))
    verdict = ["accepted"]
    try:
        context.wrap_socket(s, server_hostname=host)
    except (OSError, ValueError) as error:
        verdict = [type(error).__name__] + list(error.args)
    s.close()
    print(json.dumps(verdict))
"""
# The client never waits for a clock; this only ends a deadlock.
CLIENT_S_MAX = 300
CASE_COUNT_MIN = 100


def server_context(folder, chain, key):
    """Return a server's context, which allows weak keys and hashes."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    (folder / "server.pem").write_text(pem + "".join(map(ssl.DER_cert_to_PEM_cert, chain)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(folder / "server.pem")
    return context


def mbed_verdicts(folder, cases):
    """Return {name: ["accepted"] or [error, argument, ...]} of the client's handshakes."""
    contexts = [server_context(folder, chain, key) for chain, _, _, key in cases.values()]

    def shake_hands(raw):
        # The client sends the number of its case first.
        with contexts[raw.recv(1)[0]].wrap_socket(raw, server_side=True) as secured:
            listens(secured)

    questions = [([der.hex() for der in roots], host) for _, roots, host, _ in cases.values()]
    (folder / "cases.json").write_text(json.dumps(questions))
    with served(socket.SOCK_STREAM, each(shake_hands)) as port:
        ended = subprocess.run(
            [MICROPYTHON, "-X", "heapsize=16m", "-c", CLIENT, folder / "cases.json", str(port)],
            capture_output=True,
            text=True,
            timeout=CLIENT_S_MAX,
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    return dict(zip(cases, map(json.loads, ended.stdout.splitlines()), strict=True))


def model_verdict(chain, roots, host, unix_s):
    """Return the verdict in the form of `mbed_verdicts`."""
    try:
        verify(chain, roots, host, unix_s)
    except ValueError as error:
        kind = "OSError" if isinstance(error, OSError) else "ValueError"
        return [kind, *error.args]
    return ["accepted"]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Return {name: (verdict of Mbed TLS, verdict of the model)}."""
    cases, now_s = all_cases(), int(time.time())
    mbed = mbed_verdicts(tmp_path_factory.mktemp("trust"), cases)
    return {name: (mbed[name], model_verdict(*cases[name][:3], now_s)) for name in cases}


def test_the_model_agrees_with_mbed_tls(verdicts):
    differing = [
        f"{name}: Mbed TLS {mbed}, the model {model}"
        for name, (mbed, model) in verdicts.items()
        if mbed != model
    ]
    assert not differing, "\n".join(differing)


def test_the_cases_have_all_outcomes(verdicts):
    mbed = [verdict for verdict, _ in verdicts.values()]
    assert len(mbed) >= CASE_COUNT_MIN
    assert mbed.count(["accepted"]) >= CASE_COUNT_MIN // 3
    assert {verdict[2] for verdict in mbed if verdict[0] == "OSError"} == {
        "MBEDTLS_ERR_SSL_BAD_CERTIFICATE",
        "MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED",
        "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED",
        "MBEDTLS_ERR_X509_FATAL_ERROR",
    }
    texts = "".join(verdict[1] for verdict in mbed if verdict[0] == "ValueError")
    assert {text for text in texts.splitlines() if text} == {
        "The certificate validity has expired",
        "The certificate validity starts in the future",
        "The certificate Common Name (CN) does not match with the expected CN",
        "The certificate is not correctly signed by the trusted CA",
        "The certificate is signed with an unacceptable hash.",
        "The certificate is signed with an unacceptable key (eg bad curve, RSA too short).",
        "Usage does not match the extendedKeyUsage extension",
        "Usage does not match the keyUsage extension",
    }


def test_the_model_checks_the_dates_at_each_call():
    old, new = (root(days=days) for days in ((-30, -10), (-10, 30)))
    chain, roots = (leaf(old, days=(-25, 20)).der,), (old.der, new.der)
    now_s = int(time.time())
    for day, expected in (
        (-31, ["ValueError", "\nThe certificate validity starts in the future\n"]),
        (-20, ["accepted"]),
        (10, ["accepted"]),
        (25, ["ValueError", "\nThe certificate validity has expired\n"]),
        (10, ["accepted"]),
    ):
        assert model_verdict(chain, roots, HOST, now_s + day * 86_400) == expected, day
