"""Checks a server's certificates as the chip's Mbed TLS does (x509_crt.c and ssl_tls.c of 3.6).

tests/host/year/test_trust.py compares its verdicts with those of the real one. Not modelled:
RSA-PSS, EdDSA, roots of version 1, critical extensions that Mbed TLS does not know, and a key
exchange without a signature by the server.
"""

from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from wherry_host.year.chip.errors import ChipError

# Mbed TLS's texts, in its order.
_REASONS = (
    "The certificate validity has expired",
    "The certificate Common Name (CN) does not match with the expected CN",
    "The certificate is not correctly signed by the trusted CA",
    "The certificate validity starts in the future",
    "Usage does not match the keyUsage extension",
    "Usage does not match the extendedKeyUsage extension",
    "The certificate is signed with an unacceptable hash.",
    "The certificate is signed with an unacceptable key (eg bad curve, RSA too short).",
)
_EXPIRED, _WRONG_NAME, _NOT_TRUSTED, _FUTURE, _USAGE, _PURPOSE, _BAD_HASH, _BAD_KEY = _REASONS
# MicroPython's buffer for the reasons and the NUL at their end.
_TEXT_SIZE_MAX = 256

_NO_ROOTS = (-30336, "MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED")
_BAD_USAGE = (-31232, "MBEDTLS_ERR_SSL_BAD_CERTIFICATE")
_TOO_LONG = (-12288, "MBEDTLS_ERR_X509_FATAL_ERROR")
_NO_ROOM = (-9984, "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED")

_INTERMEDIATES_MAX = 8
_HASHES = ("sha256", "sha384", "sha512")
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_RSA_BITS_MIN = 2048
_PURPOSES = {x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
_CACHED_COUNT_MAX = 1024


class TrustError(ChipError, ValueError):
    """A refusal that MicroPython raises as an OSError: Mbed TLS's number and its name."""


def verify(chain, roots, host, unix_s):
    """Raise ValueError unless a root has issued the chain, and it is valid for the host now.

    `chain` is (DER of the server's certificate, DER of an issuer, ...), `roots` are DER. As on
    the chip, the text has a line for each reason; a TrustError has a number and a name instead.
    """
    sent, trusted = tuple(map(_loaded, chain)), tuple(map(_loaded, roots))
    # The time matters only through these; the rest is cached.
    dates = tuple(each.fault_of_date(unix_s) for each in sent + trusted)
    fault = _fault(sent, trusted, host, dates)
    if fault:
        raise (TrustError if len(fault) > 1 else ValueError)(*fault)


class _Certificate:
    """The parts of a certificate that Mbed TLS reads; times are Unix s."""

    def __init__(self, der):
        self._x509 = x509.load_der_x509_certificate(der)
        self._key, self.hash = self._x509.public_key(), self._x509.signature_hash_algorithm
        self.subject, self.issuer = map(_folded, (self._x509.subject, self._x509.issuer))
        basic, usage = map(self._extension, (x509.BasicConstraints, x509.KeyUsage))
        self._is_issuer = bool(basic and basic.ca and (not usage or usage.key_cert_sign))
        self._length_max = basic and basic.path_length
        self._first_s = self._x509.not_valid_before_utc.timestamp()
        self._last_s = self._x509.not_valid_after_utc.timestamp()

    def _extension(self, kind):
        """Return the value of the extension of a class, or None."""
        try:
            return self._x509.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None

    def fault_of_date(self, unix_s):
        """Return the reason for which it is not valid at a time, or None."""
        if unix_s > self._last_s:
            return _EXPIRED
        return _FUTURE if unix_s < self._first_s else None

    def has_weak_key(self):
        if isinstance(self._key, rsa.RSAPublicKey):
            return self._key.key_size < _RSA_BITS_MIN
        return self._key.curve.name not in _CURVES

    def may_issue(self, child, length):
        """Return True if it is an issuer of that name, with `length` intermediates below it."""
        is_near = self._length_max is None or length <= self._length_max
        return self._is_issuer and is_near and self.subject == child.issuer

    def has_signed(self, child):
        signed = (child._x509.signature, child._x509.tbs_certificate_bytes)
        try:
            if isinstance(self._key, rsa.RSAPublicKey):
                self._key.verify(*signed, padding.PKCS1v15(), child.hash)
            else:
                self._key.verify(*signed, ec.ECDSA(child.hash))
        except InvalidSignature:
            return False
        return True

    def is_for(self, host):
        """Return True for one of its hosts; common names apply only without other names."""
        names = self._extension(x509.SubjectAlternativeName)
        if names is None:
            common = self._x509.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            return any(_matches(each.value, host) for each in common)
        of = names.get_values_for_type
        exact = [*of(x509.UniformResourceIdentifier), *map(str, of(x509.IPAddress))]
        return host in exact or any(_matches(each, host) for each in of(x509.DNSName))

    def misuse(self):
        """Return the reasons for which its key may not sign a server's key exchange."""
        usage, purposes = map(self._extension, (x509.KeyUsage, x509.ExtendedKeyUsage))
        found = {_USAGE} if usage and not usage.digital_signature else set()
        return found | ({_PURPOSE} if purposes and not _PURPOSES & set(purposes) else set())


_loaded = lru_cache(_CACHED_COUNT_MAX)(_Certificate)


def _folded(name):
    """Return a name for comparisons, which ignore the case and the type of the strings."""
    return tuple(tuple((each.oid, each.value.lower()) for each in part) for part in name.rdns)


def _matches(name, host):
    first, _, rest = host.lower().partition(".")
    return name.lower() in (host.lower(), "*." + rest if first and rest else None)


@lru_cache(_CACHED_COUNT_MAX)
def _fault(sent, trusted, host, dates):
    """Return (text of all reasons,), (number, name), or None for a good chain."""
    if not trusted:
        return _NO_ROOTS
    leaf = sent[0]
    found = _faults_of_path(sent, trusted, dict(zip(sent + trusted, dates, strict=True)))
    if found is None:
        return _TOO_LONG
    if not leaf.is_for(host):
        found.add(_WRONG_NAME)
    if leaf.has_weak_key():
        found.add(_BAD_KEY)
    if not found:
        # The usage is checked after the chain, and has a text only with other reasons.
        return _BAD_USAGE if leaf.misuse() else None
    text = "".join(f"\n{each}\n" for each in _REASONS if each in found | leaf.misuse())
    return (text,) if len(text) < _TEXT_SIZE_MAX else _NO_ROOM


def _faults_of_path(sent, trusted, dates):
    """Return the reasons against the certificates from the leaf to a root; None: too many."""
    child, *later = sent
    found, count, self_issued_count = set(), 0, 0
    while True:
        found |= {dates[child]} - {None}
        if child.hash.name not in _HASHES:
            found.add(_BAD_HASH)
        is_self_issued = child.subject == child.issuer
        if count == 0 and is_self_issued and child in trusted:
            return found
        length = count - self_issued_count
        # The signature selects a root; only the name selects among the certificates of the server.
        roots = [each for each in trusted if each.may_issue(child, length)]
        root = _preferred([each for each in roots if each.has_signed(child)], dates)
        parent = root or _preferred([e for e in later if e.may_issue(child, length)], dates)
        if parent is None:
            return found | {_NOT_TRUSTED}
        if parent.has_weak_key():
            found.add(_BAD_KEY)
        if root:
            return found | {dates[root]} - {None}
        if count == _INTERMEDIATES_MAX:
            return None
        if not parent.has_signed(child):
            found.add(_NOT_TRUSTED)
        self_issued_count += count > 0 and is_self_issued
        # An issuer is searched only among the certificates after its own.
        child, count, later = parent, count + 1, later[later.index(parent) + 1 :]


def _preferred(issuers, dates):
    """Return the first that is valid now, or else the first one, or None."""
    return next((each for each in issuers if not dates[each]), issuers[0] if issuers else None)
