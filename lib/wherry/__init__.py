"""wherry: the chip-independent parts of a sensor node. Runs on the ESP32, desktop and CPython."""

import gc
import sys

VERSION = "0.2.0"
# Date of this version, in seconds since 2000: a clock that shows an earlier time is wrong.
DATE_S = 846_806_400

# Holds the set of names of the resident modules. Empty on CPython, which has enough memory.
_kept = []


def keep(*passing) -> None:
    """Make the modules loaded so far resident, except those named."""
    if sys.implementation.name == "micropython":
        _kept[:] = [{name for name in sys.modules if name not in passing}]


def load(name: str):
    """Import and return the module of a driver or dialect, named by the configuration."""
    __import__(name)
    return sys.modules[name]


def free() -> None:
    """Unload the modules loaded since `keep`, because the heap is small.

    Such a module is needed only briefly, and is imported where it is used. Objects that refer to
    an unloaded module keep working.
    """
    if not _kept:
        return
    passing = [name for name in sys.modules if name not in _kept[0]]
    for name in passing:
        module = sys.modules.pop(name)
        package, _, last = name.rpartition(".")
        if getattr(sys.modules.get(package), last, None) is module:
            delattr(sys.modules[package], last)
    if passing:
        gc.collect()
