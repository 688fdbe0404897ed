"""wherry: the parts of a sensor node that know no chip. Runs on the ESP32, desktop and CPython."""

import gc
import sys

VERSION = "0.2.0"
# When this version was made, in seconds since 2000: no clock that shows less can be right.
DATE_S = 846_806_400

# The set of the names of the modules that stay. Empty on CPython, which has room.
_kept = []


def keep(*passing) -> None:
    """Have the modules that are loaded now stay, but for those named."""
    if sys.implementation.name == "micropython":
        _kept[:] = [{name for name in sys.modules if name not in passing}]


def load(name: str):
    """Return the module of a driver or a dialect, whose name is from the configuration."""
    __import__(name)
    return sys.modules[name]


def free() -> None:
    """Forget the modules that were loaded since, for the heap is small.

    They are needed for a moment each, and imported where that is. What still refers to them keeps
    working.
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
