"""Loaded modules, for tests of the modules that are loaded on demand."""

import sys


def forget(package, name):
    """Make the next import of a package's module load it again."""
    sys.modules.pop(package + "." + name, None)
    if hasattr(sys.modules[package], name):
        delattr(sys.modules[package], name)


def is_loaded(package, name):
    return package + "." + name in sys.modules
