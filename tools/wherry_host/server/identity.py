"""The identity of a server: its certificate authority and the secrets of its accounts.

A node must still trust the authority and have a valid key after a restart of the server. So both
are in a file next to a database that is kept: POINTS.identity.json for POINTS.db, readable only by
its owner. POINTS.ca.pem is the certificate.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from wherry_host.errors import PlaceError
from wherry_host.private import make_file
from wherry_host.server.certs import Authority
from wherry_host.server.dialect import new_key
from wherry_host.server.dialects import tables

_REMEDY = "restore it, or delete it: the server then makes new keys, and each node needs them"


@dataclass
class Identity:
    """`authority` and `accounts` are as for Service; `page_token` opens the page."""

    authority: Authority = field(default_factory=Authority)
    accounts: dict = field(
        default_factory=lambda: {name: dialect.account() for name, dialect in tables().items()}
    )
    page_token: str = field(default_factory=new_key)


def found(db):
    """Return the Identity that is stored for a database, or a new one.

    Raises PlaceError if its file is damaged or cannot be read.
    """
    path = _path(db)
    try:
        return _read(path) if path.exists() else Identity()
    except OSError as error:
        raise PlaceError(f"{path}: {error.strerror}") from None


def keep(identity, db):
    """Write the files of a database's Identity. Raises PlaceError if that fails."""
    try:
        make_file(_path(db)).write_text(json.dumps(_as_dict(identity), indent=1), "utf-8")
        make_file(ca_path(db)).write_bytes(identity.authority.pem)
    except OSError as error:
        raise PlaceError(f"{error.filename}: {error.strerror}") from None


def _path(db):
    return Path(db).with_suffix(".identity.json")


def ca_path(db):
    """Return the path of the certificate of the server that uses a database."""
    return Path(db).with_suffix(".ca.pem").absolute()


def _as_dict(identity):
    accounts = {name: asdict(account) for name, account in identity.accounts.items()}
    return {
        "authority": identity.authority.saved(),
        "page_token": identity.page_token,
        # The rest of an account is not secret and comes from the program.
        "accounts": {
            name: {key: text for key, text in account.items() if isinstance(text, str)}
            for name, account in accounts.items()
        },
    }


def _read(path):
    try:
        content = json.loads(path.read_text("utf-8"))
        accounts = {
            name: dialect.account(**content["accounts"].get(name, {}))
            for name, dialect in tables().items()
        }
        return Identity(Authority.of(content["authority"]), accounts, content["page_token"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlaceError(f"{path} is damaged ({error}); {_REMEDY}") from None
