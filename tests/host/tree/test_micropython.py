"""The tests of lib/ on the real MicroPython, from the same files; one case per module."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.boards.compiled_lib import compiled_lib
from support.places import MICROPYTHON, ROOT

MODULES = sorted(path.stem for path in (ROOT / "tests/unit").glob("*/test_*.py"))
_TIMEOUT_S = 500


def run(module):
    """Run one module's tests; return (exit code, output)."""
    command = [MICROPYTHON, "-X", "heapsize=24m", "tests/run.py", module]
    environment = {**os.environ, "LIB": str(compiled_lib())}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def runs(request):
    """Run the selected modules in parallel, each on one processor."""
    compiled_lib()
    chosen = {item.callspec.params["module"] for item in request.session.items if _is_ours(item)}
    with ThreadPoolExecutor(2) as pool:
        yield {module: pool.submit(run, module) for module in sorted(chosen)}


def _is_ours(item):
    return item.path == Path(__file__) and hasattr(item, "callspec")


@pytest.mark.parametrize("module", MODULES)
def test_on_micropython(runs, module):
    code, printed = runs[module].result()
    closing = re.search(r"^(\d+) passed, (\d+) failed$", printed, re.MULTILINE)
    assert code == 0 and closing, printed
    assert int(closing[1]) > 0 and closing[2] == "0", printed


def test_a_failing_test_is_reported():
    code, printed = run("test_that_is_not_there")
    assert code != 0 and "passed" not in printed
