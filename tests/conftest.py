"""Puts the stub `micropython` first on CPython's path, and all chance under one seed, if given.

Some versions of CPython fail when two threads parse at once ("AST constructor recursion depth
mismatch"). pytest parses to show a failure while nodes are deployed in threads: one waits here.

With SEED in the environment (`make test SEED=n`) every random test has the same cases each time;
without it they are others, and each test prints its seed.
"""

import ast
import os
import random

import pytest
from wherry_host.shorten import parser

_SEED = os.environ.get("SEED")

_parse = ast.parse


def _parse_alone(*arguments, **options):
    with parser:
        return _parse(*arguments, **options)


ast.parse = _parse_alone

# Some modules draw when they are imported.
if _SEED:
    random.seed(_SEED)


@pytest.fixture(autouse=True)
def seeded(request):
    """Let what a test draws not depend on the tests before it."""
    if _SEED:
        random.seed(_SEED + request.node.nodeid)
