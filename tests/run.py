"""Runs plain `test_*` functions on MicroPython: `micropython tests/run.py [test_reading ...]`.

Prints a line per failure with its traceback, then `N passed, N failed`; exits 1 on a failure. If
SEED is set in the environment, the random tests have the same cases each time; LIB names a folder
to use instead of lib/.
"""

import gc
import os
import random
import sys

_GARBAGE_SIZE_MAX = 1 << 20
_PARTS = __file__.rsplit("/", 2)
ROOT = _PARTS[0] if len(_PARTS) == 3 else "." if len(_PARTS) == 2 else ".."
_UNIT = ROOT + "/tests/unit/"
_ROOMS = [_UNIT + room for room in sorted(os.listdir(_UNIT)) if room[0] not in "._"]
sys.path[:0] = [ROOT + "/tests", os.getenv("LIB") or ROOT + "/lib"] + _ROOMS


def test_modules():
    """Return the names of the test modules in the rooms of unit/, sorted."""
    names = [name for room in _ROOMS for name in os.listdir(room)]
    return sorted(n[:-3] for n in names if n.startswith("test_") and n.endswith(".py"))


def run(module_names):
    """Run every test of the modules; return (passed, failed)."""
    passed = failed = 0
    for module_name in module_names:
        if os.getenv("SEED"):
            random.seed(int(os.getenv("SEED")))
        module = __import__(module_name)
        for name in sorted(dir(module)):
            if not name.startswith("test_"):
                continue
            try:
                getattr(module, name)()
                passed += 1
            except Exception as error:  # A failing test must not stop the others.
                failed += 1
                print("FAILED %s.%s" % (module_name, name))
                sys.print_exception(error)
    return passed, failed


if __name__ == "__main__":
    # Collecting often keeps the heap from fragmenting: the test servers allocate large pieces.
    gc.threshold(_GARBAGE_SIZE_MAX)
    counts = run(sys.argv[1:] or test_modules())
    print("%d passed, %d failed" % counts)
    sys.exit(1 if counts[1] or not counts[0] else 0)
