"""The node's modules of a kind of uplink, by the kind's name."""

from importlib import import_module


def dialect(kind):
    """Return the module that runs on the node."""
    return import_module(f"wherry.uplinks.{kind}.dialect")


def options(kind):
    """Return the module of the kind's options."""
    return import_module(f"wherry.uplinks.{kind}.options")
