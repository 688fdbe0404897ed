"""Modules linked into one, and names shortened for the chip: what is refused, and what stays."""

import ast

import pytest
from wherry_host.compile.linked import linked
from wherry_host.compile.module_names import named
from wherry_host.compile.rom_names import PRIVATE
from wherry_host.compile.shared_names import shared_names, stored_names
from wherry_host.compile.shorten import keywords, shorten
from wherry_host.errors import DeployError
from wherry_host.places import FIRMWARE, LIB

FRAME = """
from micropython import const

ROWS = const(161)


def put(value):
    return value
"""
QUEUE = """
from wherry import once
from wherry.rows.frame import ROWS, put


def run(frame):
    put = 2
    return ROWS, put
"""
TEXTS = {
    "app": "from wherry import queue\n\n\ndef run():\n    return queue.run(1)\n",
    "wherry/rows/frame": FRAME,
    "wherry/queue": QUEUE,
}
GROUPS = [("wherry/all", ("wherry/rows/frame", "wherry/queue"))]


def parsed_all(texts):
    """Return {name: ast.Module}."""
    return {name: ast.parse(text) for name, text in texts.items()}


def test_linked_modules_become_one():
    assert list(linked(parsed_all(TEXTS), GROUPS)) == ["app", "wherry/all"]


@pytest.mark.parametrize(
    "changed",
    [
        {"wherry/x": "once('wherry.queue', 'put')"},
        {"wherry/queue": QUEUE + "\n\ndef f():\n    from wherry.rows.frame import put as _put"},
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
        linked(parsed_all(TEXTS | changed), GROUPS)


def test_a_dotted_import_is_refused():
    texts = {"app": "import wherry.queue.room", "wherry/queue/room": ""}
    with pytest.raises(DeployError, match=r"app: write from wherry\.queue import room"):
        named(parsed_all(texts))


SOURCE = """
from micropython import const

_LIMIT_MAX = const(3)
_table = {"deadline_ms": 1}
separator = ","


class Walker:
    def __init__(self, deadline_ms, options):
        self._deadline_ms = deadline_ms
        self.options = options

    def next(self, deadline_ms, wait=None):
        _private = [deadline_ms for _ in range(_LIMIT_MAX)]
        return (lambda events: (events, _private, self._deadline_ms, wait))(_table)


def call(first_one, second_one, separator):
    try:
        raise OSError(first_one)
    except OSError as problem:
        return separator.join([str(problem), second_one])


def found(problem):
    return problem, Walker(7, options=8).next(9, wait=10)
"""


def ran(source):
    space = {}
    source = source.replace("from micropython import const", "const = int")
    exec(compile(source, "x", "exec"), space)
    walker = space["Walker"](1, 2)
    return walker.next(3, wait=4), walker.options, space["call"]("a", "b", ";"), space["found"](5)


def test_a_shortened_module_does_the_same():
    kept = keywords([ast.parse(SOURCE)])
    assert {"wait", "options"} <= kept
    short = shorten(SOURCE, kept)
    assert ran(short) == ran(SOURCE)
    for gone in ("_table", "_private", "first_one", "second_one"):
        assert gone not in short, gone
    for stays in ("_LIMIT_MAX", "wait=None", "self.options", "separator = ", "'deadline_ms'"):
        assert stays in short, stays


def test_the_device_code_keeps_its_public_names():
    sources = [path.read_text() for path in (*LIB.rglob("*.py"), *FIRMWARE.rglob("*.py"))]
    kept = keywords(map(ast.parse, sources))
    for source in sources:
        short, long = public(shorten(source, kept)), public(source)
        # A private name may have become a method's.
        assert long <= short <= long.union(PRIVATE)


def public(source):
    """Return the attributes, functions, classes and imports that have no leading underscore."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        name = getattr(node, "attr", None) or getattr(node, "name", None)
        if isinstance(name, str) and not isinstance(node, ast.ExceptHandler):
            found.add(name)
    return {name for name in found if not name.startswith("_")}


def test_a_subclass_of_a_renamed_class_shares_no_short_name_with_it():
    texts = {
        "one": "class Base:\n    fieldone = fieldtwo = 0\n",
        "two": "from one import Base as Root\nclass Heir(Root):\n    fieldthree = fieldfour = 0\n",
        "three": "from two import Heir\nclass Base(Heir):\n    fieldfive = 0\n",
        "four": "class Other:\n    fieldsix = 0\ndef store(base, other):\n"
        "    base.fieldone = 1\n    other.fieldsix = 1\n    other.fieldtwo = 1\n",
    }
    trees = {name: ast.parse(text) for name, text in texts.items()}
    short = shared_names(trees, stored_names(trees.values()))
    fields = ["fieldone", "fieldtwo", "fieldthree", "fieldfour", "fieldfive"]
    assert len({short.get(name, name) for name in fields}) == 5
    # An attribute set on an object of an unknown class may belong to any class.
    assert "fieldtwo" not in short and {"fieldone", "fieldsix"} <= set(short)
