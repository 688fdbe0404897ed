"""Modules linked into one, and constants in their places: each still does what it did."""

import sys
from types import ModuleType

import pytest
from wherry_host.errors import DeployError
from wherry_host.linked import linked

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
from wherry import once, verdict
from wherry.frame import ROWS, put

_LIMIT = const(9)
BASE = 3


def _put(queue):
    _LIMIT, put = 1, 2
    return ("queue", queue, put)


class Queue:
    size = BASE

    def put(self, frame, _put=_put):
        from wherry.frame import put as _put_frame

        return put(frame), _put(os.sep), verdict.LATE, ROWS, self.size
"""
VERDICT = """
from micropython import const

LATE = const(-1)
"""
NODE = """
from wherry import frame, once, queue
from wherry.queue import Queue, _put


def run():
    from wherry.frame import put

    return Queue().put(1), _put(2), put(3), queue.BASE, frame.SIZE_MAX, once
"""
TEXTS = {
    "app": NODE,
    "wherry/frame": FRAME,
    "wherry/queue": QUEUE.replace("        from wherry.frame import put as _put_frame\n\n", ""),
    "wherry/verdict": VERDICT,
}


def result(texts):
    """Return what the application of the modules returns."""
    package = ModuleType("wherry")
    package.once = "once"
    package.__path__ = []
    found = {"wherry": package, "micropython": ModuleType("micropython")}
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
            setattr(package, name.rpartition("/")[2], module)
        return sys.modules["app"].run()
    finally:
        for name in [name for name in sys.modules if name.startswith("wherry")] + list(found):
            sys.modules.pop(name, None)
        sys.modules.pop("app", None)
        sys.modules.update(before)


def test_linked_modules_do_the_same():
    found = linked(TEXTS, [("wherry/all", ("wherry/frame", "wherry/queue", "wherry/verdict"))])
    assert list(found) == ["app", "wherry/all"]
    assert result(found) == result(TEXTS)


def test_constants_are_numbers_wherever_they_are_used():
    found = linked(TEXTS, ())
    assert list(found) == ["app", "wherry/frame", "wherry/queue"], "one had nothing else"
    assert "ROWS" not in "".join(found.values()) and "verdict" not in "".join(found.values())
    assert result(found) == result(TEXTS)


def test_a_constant_that_may_be_sought_by_its_name_stays():
    sought = TEXTS | {
        "wherry/x": "def f(module):\n    return module.ROWS, getattr(module, 'LATE')"
    }
    found = linked(sought, ())
    assert "ROWS = const(161)" in found["wherry/frame"]
    assert "LATE = const(-1)" in found["wherry/verdict"]


@pytest.mark.parametrize(
    "changed",
    [
        {"wherry/x": "once('wherry.queue', 'put')"},
        {"wherry/queue": QUEUE},
        {"wherry/frame": FRAME + "\nif ROWS:\n    pass"},
        {"wherry/frame": FRAME + "\ndef open():\n    pass"},
        {"wherry/frame": FRAME + "\nfrom x import once"},
        {"wherry/frame": FRAME + "\nonce = 1"},
        {"wherry/frame": FRAME + "\ndef f():\n    global g\n    g = 1"},
        {"app": "from wherry import frame\ndef f():\n    all = 1\n    return frame.put(all)"},
        {"app": "from wherry import frame as other\nother.put(1)"},
    ],
)
def test_what_cannot_be_linked_is_refused(changed):
    with pytest.raises(DeployError):
        linked(TEXTS | changed, [("wherry/all", ("wherry/frame", "wherry/queue"))])
