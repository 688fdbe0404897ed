"""Checks a server's certificates as the chip's Mbed TLS does: signatures, dates, name."""

import ipaddress
from datetime import UTC
from functools import cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature

_DEPTH_MAX = 8


def verify(chain, roots, host, unix_s):
    """Raise ValueError unless a root has issued the chain, and it is valid for the host now.

    `chain` is (DER of the server's certificate, DER of an issuer, ...), `roots` are DER.
    """
    names, first_s, last_s = _checked(tuple(chain), tuple(roots))
    if unix_s > last_s:
        raise ValueError("The certificate validity has expired")
    if unix_s < first_s:
        raise ValueError("The certificate validity starts in the future")
    if not any(_matches(name, host) for name in names):
        raise ValueError("The certificate Common Name (CN) does not match with the expected CN")


@cache
def _checked(chain, roots):
    """Return (names, first, last Unix s) of a chain that ends at a root."""
    loaded = [x509.load_der_x509_certificate(der) for der in chain]
    trusted = [x509.load_der_x509_certificate(der) for der in roots]
    path = loaded[:1]
    while path[-1] not in trusted:
        issuer = next((each for each in trusted + loaded[1:] if _has_issued(each, path[-1])), None)
        if issuer is None or len(path) == _DEPTH_MAX:
            raise ValueError("The certificate is not correctly signed by the trusted CA")
        path.append(issuer)
    firsts = [each.not_valid_before_utc.astimezone(UTC).timestamp() for each in path]
    lasts = [each.not_valid_after_utc.astimezone(UTC).timestamp() for each in path]
    return _names(loaded[0]), max(firsts), min(lasts)


def _has_issued(issuer, certificate):
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not basic.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return True


def _names(certificate):
    """Return the DNS names of a certificate, or else its common names, and its IP addresses."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return tuple(
            each.value
            for each in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        )
    return tuple(map(str, found.get_values_for_type(x509.DNSName))) + tuple(
        map(str, found.get_values_for_type(x509.IPAddress))
    )


def _matches(name, host):
    if _is_address(host):
        return name == host
    if name.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and rest.lower() == name[2:].lower()
    return name.lower() == host.lower()


def _is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
