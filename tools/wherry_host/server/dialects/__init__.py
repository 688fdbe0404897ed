"""The server's dialects; each is a folder that is found by its name (see ../dialect.py)."""

import pkgutil
from functools import cache
from importlib import import_module

from wherry_host.server.dialect import IGNORED


@cache
def names():
    """Return the sorted names of all dialects without loading any."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg))


@cache
def tables():
    """Return {name: Dialect} of all dialects."""
    return {name: import_module(f"{__name__}.{name}").DIALECT for name in names()}


def deduplicates(kind):
    """Return True if all services of a kind of uplink ignore a repeated reading."""
    return all(each.on_repeat == IGNORED for each in tables().values() if each.kind == kind)


def all_apis():
    """Return the names under which points are in the database."""
    return tuple(api for dialect in tables().values() for api in dialect.apis)
