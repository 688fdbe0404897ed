"""One fault on trial: the quickest tests come first, and the first that fails has found it.

These are the tests that run the mutated line on CPython, or if none does, the file's test modules
on MicroPython; and the slower tests for the file. A test that takes too long has found the
fault as well, but the limits are generous: the computer may be busy.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import covering

HERE = Path(__file__).parent
# Factor of a test's own time, and the time of a start.
_TIMES = 20
_LEAST_S = 20
_MICROPYTHON_S_MAX = 300
_HOST_S_MAX = 900


class Trial:
    """Tries mutants in one Tree; `folder` is for its files."""

    def __init__(self, tree, cover):
        self._tree = tree
        self._cover = cover
        self._case = tree.folder / "case.json"

    def found_by(self, mutant, source, with_host):
        """Return the tests that found a mutant of a source, or None."""
        self._tree.write(mutant.path, mutant.planted(source))
        try:
            return self._found_by(mutant, with_host)
        finally:
            self._tree.write(mutant.path, source)

    def _found_by(self, mutant, with_host):
        tests = self._cover.tests(mutant)
        found = tests and self._on_cpython(tests)
        # A test that passes on one interpreter rarely fails on the other.
        if tests and not found and (with_host or not self._cover.runs(mutant)):
            found = self._on_micropython(tests)
        if not found and (with_host or mutant.path.startswith("firmware/")):
            found = self._on_host(mutant.path)
        return found or None

    def _on_cpython(self, tests):
        limits = [(module, name, _LEAST_S + _TIMES * s) for module, name, s in tests]
        self._case.write_text(json.dumps({"tests": limits, "cover": False}))
        command = [sys.executable, HERE / "fast_tests.py", self._tree.folder, self._case]
        return self._ended(command, sum(each[2] for each in limits))

    def _on_micropython(self, tests):
        modules = sorted({module for module, _, _ in tests})
        program = self._tree.python.with_name("micropython")
        command = [program, "-X", "heapsize=24m", "tests/run.py", *modules]
        return self._ended(command, _MICROPYTHON_S_MAX)

    def _on_host(self, path):
        # Without the tests that plant a fault by replacing text: a mutant may lack that text.
        chosen = ["-k", "not fault_of", *covering.host_tests(path)]
        command = [self._tree.python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        return self._ended([*command, *chosen], _HOST_S_MAX)

    def _ended(self, command, timeout_s):
        """Return the words of a failure or of a timeout, "" if all tests passed."""
        environment = dict(os.environ, SEED="20261120", PYTHONPATH="")
        process = subprocess.Popen(
            list(map(str, command)), cwd=self._tree.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        begin = time.monotonic()
        try:
            text, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return f"no end within {time.monotonic() - begin:.0f} s"
        failures = [line for line in text.splitlines() if line.startswith(("FAILED", "test_"))]
        last = (failures or text.splitlines() or [""])[-1]
        return f"{last[:100]}" if process.returncode else ""
