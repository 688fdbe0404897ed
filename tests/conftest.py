"""Puts the stub `micropython` first on CPython's path, and all chance under one seed, if given.

Some versions of CPython fail when two threads parse at once ("AST constructor recursion depth
mismatch"). pytest parses to show a failure while nodes are deployed in threads: one waits here.

With SEED in the environment (`make test SEED=n`) every random test has the same cases each time;
without it they are others, and each test prints its seed.

Temporary folders lie in memory where there is room: a disk makes small files wait, which proves
nothing, for what the tests kill are processes and virtual boards.
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
    """Tell whether a folder takes all that the tests write, programs too."""
    if not os.access(folder, os.W_OK):
        return False
    reported = os.statvfs(folder)
    is_large = reported.f_bavail * reported.f_frsize >= _MEMORY_SIZE_MIN
    return is_large and not reported.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and _has_room(_MEMORY):
    # pytest has asked for the folder already, and children are to have the same.
    os.environ["TMPDIR"] = tempfile.tempdir = _MEMORY

# Some modules draw when they are imported.
if _SEED:
    random.seed(_SEED)


@pytest.fixture(autouse=True)
def seeded(request):
    """Let what a test draws not depend on the tests before it."""
    if _SEED:
        random.seed(_SEED + request.node.nodeid)
