"""Certificates for the local server: an authority, good leaves, and leaves with a fault.

Keys are ECDSA P-256. A leaf is valid from a day before true time, because a board that has just
lost its power does not know the time yet.
"""

import ssl
from datetime import UTC, datetime, timedelta

import trustme

NAMES = ("localhost", "harbor.test", "127.0.0.1")
KINDS = ("good", "other_authority", "wrong_name", "expired", "not_yet_valid")
_DAY = timedelta(days=1)
_VALID_FOR = timedelta(days=3650)


class Authority:
    """A certificate authority; its leaves are dated around `true_us` (Unix us)."""

    def __init__(self):
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)

    @classmethod
    def of(cls, saved):
        """Return the Authority that `saved()` described; raises ValueError for anything else."""
        made = cls()
        made._ca = trustme.CA.from_pem(*(saved[key].encode() for key in ("certificate", "key")))
        return made

    def saved(self):
        """Return the certificate and the private key as {name: PEM text}."""
        pems = {"certificate": self.pem, "key": self._ca.private_key_pem.bytes()}
        return {name: pem.decode() for name, pem in pems.items()}

    @property
    def pem(self):
        """The root certificate as PEM bytes."""
        return self._ca.cert_pem.bytes()

    @property
    def der(self):
        """The root certificate as DER bytes."""
        return ssl.PEM_cert_to_DER_cert(self.pem.decode())

    def leaf(self, true_us, names=NAMES, kind="good"):
        """Return a server's private key and certificate chain as PEM bytes.

        `kind` is one of KINDS; every kind except "good" has exactly one fault.
        """
        now = datetime.fromtimestamp(true_us / 1_000_000, UTC)
        first, last = {
            "expired": (now - 30 * _DAY, now - _DAY),
            "not_yet_valid": (now + _DAY, now + _VALID_FOR),
        }.get(kind, (now - _DAY, now + _VALID_FOR))
        if kind not in KINDS:
            raise ValueError(f"certificate kind {kind!r} is not one of {', '.join(KINDS)}")
        issuer = Authority()._ca if kind == "other_authority" else self._ca
        leaf = issuer.issue_cert(
            *(("elsewhere.test",) if kind == "wrong_name" else names),
            not_before=first,
            not_after=last,
            key_type=trustme.KeyType.ECDSA,
        )
        return leaf.private_key_and_cert_chain_pem.bytes()
