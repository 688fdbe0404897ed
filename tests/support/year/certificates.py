"""Certificates and chains for comparisons of TLS, good ones and those with a fault.

`all_cases` returns {name: (chain, roots, host, key)}: DER, the leaf first.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from inspect import signature
from ipaddress import ip_address
from types import SimpleNamespace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

HOST = "node.example.test"
GOOD, EXPIRED, FUTURE = (-30, 30), (-30, -2), (2, 30)
KINDS = ("p256", "p384", "rsa2048")
CURVES = {"p384": ec.SECP384R1, "p521": ec.SECP521R1, "k256": ec.SECP256K1}
# Two numbers of PKCS #1 in DER (RFC 8017 A.2.4).
RSA_SHA256, RSA_SHA1 = (bytes.fromhex("06092a864886f70d0101" + last) for last in ("0b", "05"))
PURPOSE = x509.ExtendedKeyUsageOID


@cache
def key(owner, kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    return ec.generate_private_key(CURVES.get(kind, ec.SECP256R1)())


def certified(owner, issuer, *extensions, subject=None, kind="p256", days=GOOD, md=hashes.SHA256):
    """Return the key of an owner with a certificate; without an issuer it is self-signed.

    `days` are the first and the last, from now. The common name is `subject` or the owner.
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
    """Return the DER with an RSA signature of SHA-1, which `cryptography` refuses to make."""
    content = certificate.tbs_certificate_bytes.replace(RSA_SHA256, RSA_SHA1)
    signed = signer.sign(content, padding.PKCS1v15(), hashes.SHA1())
    return der.replace(RSA_SHA256, RSA_SHA1).replace(certificate.signature, signed)


def names(*texts):
    return x509.SubjectAlternativeName([x509.DNSName(text) for text in texts])


def addresses(*texts):
    return x509.SubjectAlternativeName([x509.IPAddress(ip_address(text)) for text in texts])


def usage(*allowed):
    known = signature(x509.KeyUsage).parameters
    return x509.KeyUsage(**{name: name in allowed for name in known})


def issues(length=None):
    return x509.BasicConstraints(ca=True, path_length=length)


def root(owner="root", **options):
    return certified(owner, None, issues(), **options)


def leaf(issuer, *more, **options):
    """Return a server's certificate for HOST."""
    return certified("leaf", issuer, names(HOST), *more, **options)


def line(count):
    """Return a root and that many intermediates; each one is issued by the one before it."""
    found = [root()]
    for i in range(count):
        found.append(certified(f"middle {i}", found[-1], issues()))
    return found


def of_keys():
    """Yield the cases of keys and hashes: (name, [sent], [trusted], host)."""
    for issuer_kind in KINDS:
        for kind in KINDS:
            top = root(kind=issuer_kind)
            yield f"{kind} issued by {issuer_kind}", [leaf(top, kind=kind)], [top], HOST
    for kind in ("p521", "k256", "rsa1024"):
        top, weak = root(), root(kind=kind)
        middle = certified("middle", top, issues(), kind=kind)
        yield f"root {kind}", [leaf(weak)], [weak], HOST
        yield f"intermediate {kind}", [leaf(middle), middle], [top], HOST
    # An OpenSSL server does not use a key on a curve that the client does not offer.
    for kind in ("p521", "rsa1024"):
        yield f"leaf {kind}", [leaf(top, kind=kind)], [top], HOST
    for md in (hashes.SHA1, hashes.SHA224, hashes.SHA512):
        top = root(kind="rsa2048", md=md)
        middle = certified("middle", top, issues(), md=md)
        own = leaf(None, kind="rsa2048", md=md)
        yield f"root {md.name}", [leaf(top)], [top], HOST
        yield f"intermediate {md.name}", [leaf(middle), middle], [top], HOST
        yield f"leaf {md.name}", [leaf(top, md=md)], [top], HOST
        yield f"self-signed {md.name}", [own], [own], HOST


def of_order():
    """Yield the cases of the certificates that are sent, and their order."""
    for count in (0, 1, 2):
        top, *middles = line(count)
        sent = [leaf([top, *middles][-1]), *reversed(middles)]
        yield f"{count} intermediates", sent, [top], HOST
        yield f"{count} intermediates and the root", [*sent, top], [top], HOST
        yield f"{count} intermediates, the root unknown", [*sent, top], [root("other")], HOST
    top, first, last = line(2)
    end, other = leaf(last), root("other")
    yield "no root", [end, last, first], [], HOST
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
    middle = certified("middle", top, issues())
    wrong = certified("wrong", top, issues(), subject="middle")
    yield "a wrong key of the intermediate's name", [leaf(middle), wrong], [top], HOST
    yield "a wrong key, then the right one", [leaf(middle), wrong, middle], [top], HOST
    yield "the right key, then a wrong one", [leaf(middle), middle, wrong], [top], HOST
    old = certified("middle", top, issues(), days=EXPIRED)
    yield "an expired intermediate, then renewed", [leaf(middle), old, middle], [top], HOST


def of_dates():
    """Yield the cases of dates, and of several reasons."""
    for title, days in {"expired": EXPIRED, "future": FUTURE}.items():
        top, late = root(), root(days=days)
        middle, late_middle = (certified("middle", top, issues(), days=d) for d in (GOOD, days))
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
        ("leaf", names("*.example.test", "*."), ".example.test", "node."),
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
        sent = [certified("leaf", top, *([san] if san else []), subject=name)]
        listed = [str(entry.value) for entry in san] if san else "no alternatives"
        for host in hosts:
            yield f"{host} for {name}, {listed}", sent, [top], host


def of_limits():
    """Yield the cases of the uses that a certificate allows for its key."""
    top, clients = root(), x509.ExtendedKeyUsage([PURPOSE.CLIENT_AUTH])
    for title, extensions in {
        "without basicConstraints": [],
        "that is not a CA": [x509.BasicConstraints(ca=False, path_length=None)],
        "whose usages include issuing": [issues(), usage("key_cert_sign", "crl_sign")],
        "whose usages exclude issuing": [issues(), usage("digital_signature", "crl_sign")],
        "of path length 0": [issues(0)],
        "for clients": [issues(), clients],
    }.items():
        middle, own = (certified("upper", issuer, *extensions) for issuer in (top, None))
        yield f"an intermediate {title}", [leaf(middle), middle], [top], HOST
        yield f"a root {title}", [leaf(own)], [own], HOST
        last, low = (certified("lower", issuer, issues()) for issuer in (middle, own))
        yield f"an upper intermediate {title}", [leaf(last), last, middle], [top], HOST
        yield f"a root {title} over an intermediate", [leaf(low), low], [own], HOST
    for length in (0, 1):
        near = certified("root", None, issues(length))
        middle = certified("middle", near, issues())
        renewed = certified("renewed", middle, issues(), subject="middle")
        sent = [leaf(renewed), renewed, middle]
        yield f"two intermediates of one name, path length {length}", sent, [near], HOST
        sent = [leaf(middle, subject="middle"), middle]
        yield f"a leaf with its issuer's name, path length {length}", sent, [near], HOST
    # An OpenSSL server does not use an ECDSA key without digitalSignature.
    for title, more in {
        "digitalSignature": usage("digital_signature"),
        "keyEncipherment": usage("key_encipherment"),
        "serverAuth": x509.ExtendedKeyUsage([PURPOSE.SERVER_AUTH]),
        "clientAuth": clients,
        "clientAuth and serverAuth": x509.ExtendedKeyUsage([*clients, PURPOSE.SERVER_AUTH]),
        "any purpose": x509.ExtendedKeyUsage([PURPOSE.ANY_EXTENDED_KEY_USAGE]),
    }.items():
        sent = [leaf(top, more, kind="rsa2048")]
        yield f"a leaf for {title}", sent, [top], HOST
        yield f"a leaf for {title}, another host", sent, [top], "other.test"


def all_cases():
    """Return {name: (chain in DER, roots in DER, host, the server's key)}."""
    found = {}
    for cases in (of_keys, of_order, of_roots, of_dates, of_hosts, of_limits):
        for name, sent, trusted, host in cases():
            assert name not in found, name
            chain, roots = (tuple(item.der for item in items) for items in (sent, trusted))
            found[name] = (chain, roots, host, sent[0].key)
    return found
