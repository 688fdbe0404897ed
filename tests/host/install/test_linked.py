"""Modules linked into one, and constants inlined: the behaviour is unchanged."""

import ast
import sys
from types import ModuleType

import pytest
from wherry_host.compile.linked import linked
from wherry_host.compile.module_names import named
from wherry_host.errors import DeployError

FRAME = """
import os
from micropython import const

ROWS = const(161)
SIZE_MAX = const(240)
_LIMIT = const(7)


def _put(value):
    return ("frame", value, _LIMIT, SIZE_MAX, os.sep)


def put(value):
    return _put(value)
"""
QUEUE = """
import os
from micropython import const
from wherry import once
from wherry.rows.frame import ROWS, put
from wherry.sending import verdict

_LIMIT = const(9)
BASE = 3


def _put(queue):
    _LIMIT, put = 1, 2
    return ("queue", queue, put)


class Queue:
    size = BASE

    def put(self, frame, _put=_put):
        from wherry.rows.frame import put as _put_frame

        return put(frame), _put(os.sep), verdict.LATE, ROWS, self.size
"""
VERDICT = """
from micropython import const

LATE = const(-1)
"""
NODE = """
from wherry import once, queue
from wherry.queue import Queue, _put
from wherry.rows import frame


def run():
    from wherry.rows.frame import put

    return Queue().put(1), _put(2), put(3), queue.BASE, frame.SIZE_MAX, once
"""
TEXTS = {
    "app": NODE,
    "wherry/rows/frame": FRAME,
    "wherry/queue": QUEUE.replace(
        "        from wherry.rows.frame import put as _put_frame\n\n", ""
    ),
    "wherry/sending/verdict": VERDICT,
}


def parsed_all(texts):
    """Return {name: ast.Module}."""
    return {name: ast.parse(text) for name, text in texts.items()}


def sources(texts, groups):
    """Return the sources of the linked modules."""
    return {name: ast.unparse(tree) for name, tree in linked(parsed_all(texts), groups).items()}


def result(texts):
    """Return the result of the application of the modules."""
    package = ModuleType("wherry")
    package.once = "once"
    found = {"wherry": package, "micropython": ModuleType("micropython")}
    for name in ("wherry", "wherry.rows", "wherry.sending"):
        found.setdefault(name, ModuleType(name)).__path__ = []
    found["micropython"].const = int
    before = {name: sys.modules.get(name) for name in sys.modules if name.startswith("wherry")}
    for name in before:
        del sys.modules[name]
    try:
        sys.modules.update(found)
        for name in sorted(texts, key=lambda name: (name == "app", "queue" in name, name)):
            module = ModuleType(name.replace("/", "."))
            exec(texts[name], module.__dict__)
            sys.modules[module.__name__] = module
            room, _, last = module.__name__.rpartition(".")
            setattr(sys.modules.get(room), last, module) if room else None
        return sys.modules["app"].run()
    finally:
        for name in [name for name in sys.modules if name.startswith("wherry")] + list(found):
            sys.modules.pop(name, None)
        sys.modules.pop("app", None)
        sys.modules.update(before)


def test_linked_modules_do_the_same():
    found = sources(
        TEXTS, [("wherry/all", ("wherry/rows/frame", "wherry/queue", "wherry/sending/verdict"))]
    )
    assert list(found) == ["app", "wherry/all"]
    assert result(found) == result(TEXTS)


def test_constants_are_replaced_by_numbers():
    found = sources(TEXTS, ())
    assert list(found) == ["app", "wherry/rows/frame", "wherry/queue"], "one had nothing else"
    assert "ROWS" not in "".join(found.values()) and "verdict" not in "".join(found.values())
    assert result(found) == result(TEXTS)


def test_a_constant_that_may_be_looked_up_by_name_stays():
    sought = TEXTS | {
        "wherry/x": "def f(module):\n    return module.ROWS, getattr(module, 'LATE')"
    }
    found = sources(sought, ())
    assert "ROWS = const(161)" in found["wherry/rows/frame"]
    assert "LATE = const(-1)" in found["wherry/sending/verdict"]


@pytest.mark.parametrize(
    "changed",
    [
        {"wherry/x": "once('wherry.queue', 'put')"},
        {"wherry/queue": QUEUE},
        {"wherry/rows/frame": FRAME + "\nif ROWS:\n    pass"},
        {"wherry/rows/frame": FRAME + "\ndef open():\n    pass"},
        {"wherry/rows/frame": FRAME + "\nfrom x import once"},
        {"wherry/rows/frame": FRAME + "\nonce = 1"},
        {"wherry/rows/frame": FRAME + "\ndef f():\n    global g\n    g = 1"},
        {"app": "from wherry.rows import frame\ndef f():\n    all = 1\n    return frame.put(all)"},
        {"app": "from wherry.rows import frame as other\nother.put(1)"},
    ],
)
def test_modules_that_cannot_be_linked_are_refused(changed):
    with pytest.raises(DeployError):
        linked(
            parsed_all(TEXTS | changed), [("wherry/all", ("wherry/rows/frame", "wherry/queue"))]
        )


def test_a_dotted_import_is_refused():
    texts = {"app": "import wherry.queue.room", "wherry/queue/room": ""}
    with pytest.raises(DeployError, match=r"app: write from wherry\.queue import room"):
        named(parsed_all(texts))
