"""The model of the chip's check of certificates agrees with the real Mbed TLS, case by case.

MicroPython's client connects once for each case to a server of this computer, which sends the
case's certificates. The clocks are true; the dates of the certificates vary.
"""

import json
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from support.boards.tls_client import each, listens
from support.boards.virtual_boards import served
from support.places import MICROPYTHON
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
CLIENT_S_MAX = 120
HOST = "node.example.test"
GOOD, EXPIRED, FUTURE = (-30, 30), (-30, -2), (2, 30)
KINDS = ("p256", "p384", "rsa2048")
CURVES = {"p384": ec.SECP384R1, "p521": ec.SECP521R1, "k256": ec.SECP256K1}
USAGES = (
    "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
    " key_cert_sign crl_sign encipher_only decipher_only"
).split()
# Two numbers of PKCS #1 in DER (RFC 8017 A.2.4).
RSA_SHA256, RSA_SHA1 = (bytes.fromhex("06092a864886f70d0101" + last) for last in ("0b", "05"))
PURPOSE = x509.ExtendedKeyUsageOID


@cache
def key(owner, kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    return ec.generate_private_key(CURVES.get(kind, ec.SECP256R1)())


def made(owner, issuer, *extensions, subject=None, kind="p256", days=GOOD, md=hashes.SHA256):
    """Return `key`, `certificate` and `der`; without an issuer the certificate is self-signed.

    `days` are the first and the last, from now. All certificates of an owner have the same key.
    """
    own, now = key(owner, kind), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject or owner)])
    builder = (
        x509.CertificateBuilder(extensions=[x509.Extension(e.oid, False, e) for e in extensions])
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days[0]))
        .not_valid_after(now + timedelta(days[1]))
    )
    signer = issuer.key if issuer else own
    certificate = builder.sign(signer, hashes.SHA256() if md is hashes.SHA1 else md())
    der = certificate.public_bytes(serialization.Encoding.DER)
    if md is hashes.SHA1:
        der = signed_with_sha1(certificate, der, signer)
    return SimpleNamespace(key=own, certificate=certificate, der=der)


def signed_with_sha1(certificate, der, signer):
    """Return the DER with the SHA-1 signature of an RSA key, which `cryptography` refuses."""
    content = certificate.tbs_certificate_bytes.replace(RSA_SHA256, RSA_SHA1)
    signature = signer.sign(content, padding.PKCS1v15(), hashes.SHA1())
    return der.replace(RSA_SHA256, RSA_SHA1).replace(certificate.signature, signature)


def names(*texts):
    return x509.SubjectAlternativeName([x509.DNSName(text) for text in texts])


def addresses(*texts):
    return x509.SubjectAlternativeName([x509.IPAddress(ip_address(text)) for text in texts])


def usage(*allowed):
    return x509.KeyUsage(**{name: name in allowed for name in USAGES})


def issues(length=None):
    return x509.BasicConstraints(ca=True, path_length=length)


def root(owner="root", **options):
    return made(owner, None, issues(), **options)


def leaf(issuer, *more, san=names(HOST), **options):
    return made("leaf", issuer, *([san] if san else []), *more, **options)


def line(count):
    """Return a root and that many intermediates, each issued by the one before it."""
    found = [root()]
    for i in range(count):
        found.append(made(f"middle {i}", found[-1], issues()))
    return found


def of_keys():
    """Yield the cases of keys and hashes: (name, [sent], [trusted], host)."""
    for issuer_kind in KINDS:
        for kind in KINDS:
            top = root(kind=issuer_kind)
            yield f"{kind} issued by {issuer_kind}", [leaf(top, kind=kind)], [top], HOST
    for kind in ("p521", "k256", "rsa1024"):
        top = root(kind=kind)
        yield f"root {kind}", [leaf(top)], [top], HOST
        middle = made("middle", root(), issues(), kind=kind)
        yield f"intermediate {kind}", [leaf(middle), middle], [root()], HOST
    for kind in ("p521", "rsa1024"):
        yield f"leaf {kind}", [leaf(root(), kind=kind)], [root()], HOST
    for md in (hashes.SHA1, hashes.SHA224, hashes.SHA384, hashes.SHA512):
        top = root(kind="rsa2048", md=md)
        middle = made("middle", top, issues(), md=md)
        own = leaf(None, kind="rsa2048", md=md)
        yield f"root {md.name}", [leaf(top)], [top], HOST
        yield f"intermediate {md.name}", [leaf(middle), middle], [top], HOST
        yield f"leaf {md.name}", [leaf(top, md=md)], [top], HOST
        yield f"self-signed {md.name}", [own], [own], HOST


def of_order():
    """Yield the cases of what is sent, and in which order."""
    for count in (0, 1, 2):
        top, *middles = line(count)
        sent = [leaf([top, *middles][-1]), *reversed(middles)]
        yield f"{count} intermediates", sent, [top], HOST
        yield f"{count} intermediates and the root", [*sent, top], [top], HOST
        yield f"{count} intermediates, the root unknown", [*sent, top], [root("other")], HOST
        yield f"{count} intermediates, no root", sent, [], HOST
    top, first, last = line(2)
    end, other = leaf(last), root("other")
    yield "out of order", [end, first, last], [top], HOST
    yield "the root before the intermediates", [end, top, last, first], [top], HOST
    yield "the lower intermediate is missing", [end, first], [top], HOST
    yield "the upper intermediate is missing", [end, last], [top], HOST
    yield "an unrelated one at the end", [end, last, first, other], [top], HOST
    yield "an unrelated one between", [end, other, last, first], [top], HOST
    yield "the leaf twice", [end, end, last, first], [top], HOST
    yield "an intermediate is trusted", [end, last], [last], HOST
    yield "the leaf is trusted, issued by another", [end], [end], HOST
    for count in (8, 9):
        top, *middles = line(count)
        sent = [leaf(middles[-1]), *reversed(middles)]
        yield f"{count} intermediates", sent, [top], HOST


def of_roots():
    """Yield the cases of trusted roots and of equal names."""
    top, other, same = root(), root("other"), root("other", subject="root")
    sent, own = [leaf(top)], leaf(None)
    yield "the first of two roots", sent, [top, other], HOST
    yield "the second of two roots", sent, [other, top], HOST
    yield "another root", sent, [other], HOST
    yield "the root's name, another key", sent, [same], HOST
    yield "the root's name, another key, then the root", sent, [same, top], HOST
    yield "the root's name in upper case", sent, [root(subject="ROOT")], HOST
    yield "an expired root, then the same renewed", sent, [root(days=EXPIRED), top], HOST
    yield "self-signed, trusted", [own], [own], HOST
    yield "self-signed, unknown", [own], [top], HOST
    yield "self-signed, another certificate of its key", [own], [leaf(None)], HOST
    middle, wrong = made("middle", top, issues()), made("wrong", top, issues(), subject="middle")
    yield "a wrong key of the intermediate's name", [leaf(middle), wrong], [top], HOST
    yield "a wrong key, then the right one", [leaf(middle), wrong, middle], [top], HOST
    yield "the right key, then a wrong one", [leaf(middle), middle, wrong], [top], HOST
    old = made("middle", top, issues(), days=EXPIRED)
    yield "an expired intermediate, then renewed", [leaf(middle), old, middle], [top], HOST


def of_dates():
    """Yield the cases of dates, and of several reasons."""
    for title, days in {"expired": EXPIRED, "future": FUTURE}.items():
        top, late = root(), root(days=days)
        middle, late_middle = (made("middle", top, issues(), days=d) for d in (GOOD, days))
        own = leaf(None, days=days)
        yield f"leaf {title}", [leaf(middle, days=days), middle], [top], HOST
        yield f"intermediate {title}", [leaf(middle), late_middle], [top], HOST
        yield f"root {title}", [leaf(middle), middle], [late], HOST
        yield f"self-signed {title}", [own], [own], HOST
        yield f"leaf {title}, root unknown", [leaf(top, days=days)], [root("other")], HOST
        yield f"leaf {title}, another host", [leaf(top, days=days)], [top], "other.test"
    yield "an expired leaf of a future root", [leaf(top, days=EXPIRED)], [late], "other.test"
    weak = leaf(top, kind="rsa1024", days=EXPIRED)
    yield "expired, another host, unknown, weak", [weak], [root("other")], "other.test"
    weak = leaf(top, kind="rsa1024", days=EXPIRED, md=hashes.SHA224)
    yield "more reasons than MicroPython has room for", [weak], [root("other")], "other.test"


def of_hosts():
    """Yield the cases of names: the subject's, the alternatives, the host."""
    top = root()
    uri, mail = x509.UniformResourceIdentifier("uri.test"), x509.RFC822Name("a@example.test")
    for name, san, *hosts in (
        ("leaf", names(HOST), HOST.upper(), "other.test", HOST + ".", "x." + HOST, "leaf"),
        ("leaf", names("NODE.Example.test"), HOST),
        ("leaf", names("*.example.test"), HOST, HOST.upper(), "a.b.example.test", "example.test"),
        ("leaf", names("*"), HOST, "node"),
        ("leaf", names("*.test"), "node.test", HOST),
        ("leaf", names("n*.example.test", "node.*.test", "*de.example.test"), HOST),
        ("leaf", names("a.test", "b.test", HOST), HOST, "b.test", "c.test"),
        (HOST, None, HOST, HOST.upper(), "other.test"),
        ("*.example.test", None, HOST, "example.test"),
        (HOST, names("other.test"), HOST, "other.test"),
        (HOST, x509.SubjectAlternativeName([mail]), HOST),
        ("leaf", x509.SubjectAlternativeName([uri]), "uri.test", "URI.test"),
        ("leaf", addresses("127.0.0.1", "::1"), "127.0.0.1", "127.0.0.2", "::1", HOST),
        ("leaf", names("127.0.0.1"), "127.0.0.1"),
        ("leaf", names("*.0.0.1"), "127.0.0.1"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", names(HOST), "127.0.0.1"),
    ):
        sent = [leaf(top, san=san, subject=name)]
        listed = [] if san is None else [str(each_one.value) for each_one in san]
        for host in hosts:
            yield f"{host} for {name}, {listed}", sent, [top], host


def of_limits():
    """Yield the cases of what a certificate's key may be used for."""
    top = root()
    for title, extensions in {
        "without basicConstraints": [],
        "that is no CA": [x509.BasicConstraints(ca=False, path_length=None)],
        "with usages that include issuing": [issues(), usage("key_cert_sign", "crl_sign")],
        "with usages that exclude issuing": [issues(), usage("digital_signature", "crl_sign")],
        "with path length 0": [issues(0)],
        "for clients": [issues(), x509.ExtendedKeyUsage([PURPOSE.CLIENT_AUTH])],
    }.items():
        middle, own = made("middle", top, *extensions), made("root", None, *extensions)
        yield f"an intermediate {title}", [leaf(middle), middle], [top], HOST
        yield f"a root {title}", [leaf(own)], [own], HOST
        last, low = made("last", middle, issues()), made("last", own, issues())
        yield f"a higher intermediate {title}", [leaf(last), last, middle], [top], HOST
        yield f"a higher root {title}", [leaf(low), low], [own], HOST
        renewed = made("renewed", middle, issues(), subject="middle")
        yield f"a self-issued one below one {title}", [leaf(renewed), renewed, middle], [top], HOST
    for title, more in {
        "digitalSignature": usage("digital_signature"),
        "keyEncipherment": usage("key_encipherment"),
        "serverAuth": x509.ExtendedKeyUsage([PURPOSE.SERVER_AUTH]),
        "clientAuth": x509.ExtendedKeyUsage([PURPOSE.CLIENT_AUTH]),
        "both purposes": x509.ExtendedKeyUsage([PURPOSE.CLIENT_AUTH, PURPOSE.SERVER_AUTH]),
        "any purpose": x509.ExtendedKeyUsage([PURPOSE.ANY_EXTENDED_KEY_USAGE]),
    }.items():
        sent = [leaf(top, more, kind="rsa2048")]
        yield f"a leaf for {title}", sent, [top], HOST
        yield f"a leaf for {title}, another host", sent, [top], "other.test"


def all_cases():
    """Return {name: (chain in DER, roots in DER, host, server's key)}."""
    found = {}
    for cases in (of_keys, of_order, of_roots, of_dates, of_hosts, of_limits):
        for name, sent, trusted, host in cases():
            assert name not in found
            chain, roots = ([made.der for made in group] for group in (sent, trusted))
            found[name] = (chain, roots, host, sent[0].key)
    return found


def server_context(folder, chain, key):
    """Return a server's context; its level permits weak keys and hashes."""
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, *private).decode()
    (folder / "server.pem").write_text(pem + "".join(map(ssl.DER_cert_to_PEM_cert, chain)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(folder / "server.pem")
    return context


def real_verdicts(folder, cases):
    """Return {name of a case: verdict} of MicroPython's client."""
    contexts = [server_context(folder, chain, key) for chain, _, _, key in cases.values()]

    def shake_hands(raw):
        with contexts[raw.recv(1)[0]].wrap_socket(raw, server_side=True) as secured:
            listens(secured)

    questions = [([der.hex() for der in roots], host) for _, roots, host, _ in cases.values()]
    (folder / "cases.json").write_text(json.dumps(questions))
    with served(socket.SOCK_STREAM, each(shake_hands)) as port:
        command = [MICROPYTHON, "-X", "heapsize=16m", "-c", CLIENT, folder / "cases.json", port]
        ended = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, timeout=CLIENT_S_MAX
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    return dict(zip(cases, map(json.loads, ended.stdout.splitlines()), strict=True))


def modelled(chain, roots, host, unix_s):
    try:
        verify(tuple(chain), tuple(roots), host, unix_s)
    except OSError as error:
        return ["OSError", *error.args]
    except ValueError as error:
        return ["ValueError", *error.args]
    return ["accepted"]


def test_x(tmp_path):
    t=time.time()
    cases = all_cases()
    print(len(cases), time.time()-t); t=time.time()
    real = real_verdicts(tmp_path, cases)
    print(time.time()-t); t=time.time()
    model = {n: modelled(*c[:3], int(time.time())) for n, c in cases.items()}
    print(time.time()-t)
    for n in cases:
        print("   " if real[n]==model[n] else "!!!", n, real[n], model[n] if model[n]!=real[n] else "")
    assert 0
