"""CA certificates for the board, from a file or from certifi, always as DER.

During a handshake, the board has all roots of an uplink in memory. So the public roots are limited
to the few that well-known hosts use.
"""

import ssl

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

COUNT_MAX = 16
_PEM_BEGIN = "-----BEGIN CERTIFICATE-----"
_PEM_END = "-----END CERTIFICATE-----"

# Subjects, the most used by hosts first; the first COUNT_MAX that certifi has are used.
_PUBLIC_ROOTS = (
    "ISRG Root X1",
    "ISRG Root X2",
    "GTS Root R1",
    "GTS Root R4",
    "SSL.com TLS ECC Root CA 2022",
    "SSL.com TLS RSA Root CA 2022",
    "DigiCert Global Root G2",
    "DigiCert Global Root G3",
    "DigiCert Global Root CA",
    "Amazon Root CA 1",
    "Amazon Root CA 3",
    "USERTrust ECC Certification Authority",
    "USERTrust RSA Certification Authority",
    "Sectigo Public Server Authentication Root E46",
    "Sectigo Public Server Authentication Root R46",
    "GTS Root R3",
    "GlobalSign Root E46",
    "GlobalSign Root R46",
    "GTS Root R2",
    "Amazon Root CA 2",
    "Amazon Root CA 4",
)


class CertificateError(ValueError):
    """A certificate file that cannot be used; the message is the remedy."""


def public_roots():
    """Return the DER of the public roots for `ca = "auto"`."""
    with open(certifi.where(), encoding="ascii", errors="replace") as file:
        blocks = [_PEM_BEGIN + block for block in file.read().split(_PEM_BEGIN)[1:]]
    texts = [block[: block.index(_PEM_END)] + _PEM_END for block in blocks]
    bundle = [ssl.PEM_cert_to_DER_cert(text) for text in texts]
    found = []
    for name in _PUBLIC_ROOTS:
        # DER contains a subject's name as plain bytes, so only likely roots are parsed.
        likely = [der for der in bundle if name.encode() in der]
        found += [der for der in likely if _common_name(der) == name]
    return found[:COUNT_MAX]


def from_file(path):
    """Return the DER of each certificate in a PEM or DER file. Raises CertificateError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise CertificateError(f"give a file of certificates ({path}: {reason})") from None
    if b"PRIVATE KEY-----" in data:
        raise CertificateError("give the certificate: a private key stays with its server")
    try:
        if b"-----BEGIN" in data:
            certificates = x509.load_pem_x509_certificates(data)
        else:
            certificates = [x509.load_der_x509_certificate(data)]
    except ValueError:
        text = "give a PEM or DER file of X.509 certificates; this one holds none that can be read"
        raise CertificateError(text) from None
    if len(certificates) > COUNT_MAX:
        text = f"keep at most {COUNT_MAX} certificates; this file holds {len(certificates)}"
        raise CertificateError(text)
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def _common_name(der):
    subject = x509.load_der_x509_certificate(der).subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return names[0].value if names else ""
