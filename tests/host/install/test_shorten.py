"""Names shortened for the chip: a module does the same, and public names stay."""

import ast

from wherry_host.compile.rom_names import PRIVATE
from wherry_host.compile.shared_names import shared_names, stored_names
from wherry_host.compile.shorten import keywords, shorten
from wherry_host.places import FIRMWARE, LIB

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
