"""Serialises parsing, seeds all random tests if SEED is set, and keeps temporary files in memory.

Some versions of CPython fail when two threads parse at once ("AST constructor recursion depth
mismatch"). pytest parses a test's source to show its failure while other threads deploy nodes, so
`ast.parse` takes the lock that the deploy uses.

With SEED in the environment (`make test SEED=n`) every random test has the same cases each time;
without it the cases differ from run to run, and each test prints its seed.

Temporary folders are in memory if there is room. A disk is slower with small files and proves
nothing more, because the tests kill processes and virtual boards, not the computer.
"""

import ast
import os
import random
import tempfile

import pytest
from wherry_host.compile.syntax import parser

_SEED = os.environ.get("SEED")

_MEMORY = "/dev/shm"
_MEMORY_SIZE_MIN = 2 << 30

_parse = ast.parse


def _parse_alone(*arguments, **options):
    with parser:
        return _parse(*arguments, **options)


ast.parse = _parse_alone


def _has_room(folder):
    """Return True if a folder has room for the tests' files and may contain programs to run."""
    if not os.access(folder, os.W_OK):
        return False
    reported = os.statvfs(folder)
    is_large = reported.f_bavail * reported.f_frsize >= _MEMORY_SIZE_MIN
    return is_large and not reported.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and _has_room(_MEMORY):
    # `tempfile` has its folder already; child processes read TMPDIR and must use the same one.
    os.environ["TMPDIR"] = tempfile.tempdir = _MEMORY

# Some modules draw random numbers when they are imported. Hypothesis draws the constants of our
# modules more often, so its cases would depend on the modules that the tests before have imported.
if _SEED:
    from hypothesis.internal.conjecture import providers

    random.seed(_SEED)
    assert hasattr(providers, "is_local_module_file"), "Hypothesis has changed"
    providers.is_local_module_file = lambda path: False


@pytest.fixture(autouse=True)
def seeded(request):
    """Make a test's random numbers independent of the tests before it."""
    if _SEED:
        random.seed(_SEED + request.node.nodeid)
