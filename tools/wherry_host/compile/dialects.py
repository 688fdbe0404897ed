"""The modules of a kind of uplink, by the kind's name."""

from importlib import import_module


def dialect(kind):
    """Return the module that runs on the node."""
    return _module(kind, "dialect")


def options(kind):
    """Return the module of its options, which runs on the host."""
    return _module(kind, "options")


def _module(kind, name):
    return import_module(f"wherry.uplinks.{kind}.{name}")
