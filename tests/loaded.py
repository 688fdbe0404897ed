"""Which modules are loaded, for tests of what is loaded on demand only."""

import sys


def forget(package, name):
    """Have a module of a package loaded anew where it is imported next."""
    sys.modules.pop(package + "." + name, None)
    if hasattr(sys.modules[package], name):
        delattr(sys.modules[package], name)


def is_loaded(package, name):
    return package + "." + name in sys.modules
