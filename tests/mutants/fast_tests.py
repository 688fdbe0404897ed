"""Runs tests of tests/unit/ on CPython, each within its time: `fast_tests.py FOLDER CASE`.

FOLDER is a tree with lib/, tests/ and tools/. CASE is a JSON file: {"tests": [["module", "name",
seconds], ...], "cover": false}. The first failure ends it with exit code 1. With "cover" all run,
and the last line is {"seconds": {test: s}, "lines": {path: {line: [tests]}}, "failed": [tests]}.
"""

import contextlib
import importlib
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

_FOLDER, _CASE = Path(sys.argv[1]), Path(sys.argv[2])
_SEED = 20261120


class TooLate(BaseException):
    """A test takes longer than it may."""


def _is_late(*_):
    raise TooLate


def run(module_name, name, timeout_s):
    """Run one test; return the error that ended it, or None."""
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        random.seed(_SEED)
        module = importlib.import_module(module_name)
        random.seed(_SEED + len(name))
        getattr(module, name)()
    except BaseException as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None


def run_until_one_fails(tests):
    """Return True if all tests pass."""
    for module_name, name, timeout_s in tests:
        error = run(module_name, name, timeout_s)
        if error:
            traceback.print_exception(error, limit=-3, file=sys.stderr)
            print(f"{module_name}.{name}", file=sys.__stdout__)
            return False
    return True


def measured(tests):
    """Run all tests with coverage; return the content of the last line."""
    from coverage import Coverage

    root = str((_FOLDER / "lib").resolve())
    coverage = Coverage(data_file=None, config_file=False, source=[root])
    coverage.start()
    seconds, failed = {}, []
    for module_name, name, timeout_s in tests:
        label = f"{module_name}.{name}"
        coverage.switch_context(label)
        begin = time.monotonic()
        if run(module_name, name, timeout_s):
            failed.append(label)
        seconds[label] = round(time.monotonic() - begin, 3)
    coverage.stop()
    data = coverage.get_data()
    lines = {}
    for path in data.measured_files():
        found = data.contexts_by_lineno(path)
        lines[str(Path(path).relative_to(_FOLDER.resolve()))] = {
            line: sorted(filter(None, labels)) for line, labels in found.items()
        }
    return {"seconds": seconds, "lines": lines, "failed": failed}


def main():
    """Run what the case says; return the exit code."""
    case = json.loads(_CASE.read_text())
    os.environ["SEED"] = str(_SEED)
    places = [_FOLDER / each for each in ("tests", "lib", "tools/wherry_host/stubs")]
    sys.path[:0] = map(str, [*places, *_FOLDER.glob("tests/unit/*")])
    signal.signal(signal.SIGALRM, _is_late)
    with contextlib.redirect_stdout(sys.stderr if case["cover"] else None):
        if case["cover"]:
            found = measured(case["tests"])
        else:
            return 0 if run_until_one_fails(case["tests"]) else 1
    print(json.dumps(found))
    return 0


# Exits without waiting for threads left by the tests.
_CODE = main()
sys.stdout.flush()
sys.exit(_CODE)
