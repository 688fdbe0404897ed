"""wherry: the parts of a sensor node that know no chip. Runs on the ESP32, desktop and CPython."""

import gc
import sys

VERSION = "0.1.0"
# When this version was made, in seconds since 2000: no clock that shows less can be right.
DATE_S = 846_806_400


def once(name, function, *args):
    """Import a module, return what a function of it makes of the arguments, forget the module."""
    __import__(name)
    try:
        return getattr(sys.modules[name], function)(*args)
    finally:
        forget(name)


def forget(*names):
    """Drop modules that were needed for a moment, by their full names, for the heap is small.

    What still refers to them keeps working. CPython keeps them: it has room, and other threads.
    """
    if sys.implementation.name != "micropython":
        return
    for name in names:
        sys.modules.pop(name, None)
        package, _, last = name.rpartition(".")
        if package in sys.modules and hasattr(sys.modules[package], last):
            delattr(sys.modules[package], last)
    gc.collect()
