"""A program of copied modules has all code that it needs, and no code that it never reaches."""

import ast

import pytest
from wherry_host.compile.copies import with_program
from wherry_host.errors import DeployError

SOURCES = {
    "wherry/__init__": "def load(name):\n    return name\n",
    "wherry/rows": """
import os
import json
from wherry import load, unused

LIMIT = 3

class Rows:
    size = LIMIT
    def __init__(self): self.sum = 0
    def add(self, value): return os.sep + value
    def asked(self): return json.dumps(self.sum)
    def never(self): return unused(self)

def forgotten(): return load("x")
""",
    "wherry/code": "from wherry.rows import Rows\n\ndef put(): return Rows\n",
    "wherry/driver": "from wherry import units\n\ndef read(): return units\n",
    "wherry/units": "def asks(rows): return rows.asked()\n",
    "other": "from wherry.rows import Rows\n\ndef never(): return Rows().never()\n",
    "program": """
from wherry.rows import Rows

def run():
    from wherry import code
    return Rows().add("a"), code
""",
}


def made(loaded=(), members=("wherry/__init__", "wherry/rows", "program"), **changed):
    trees = {name: ast.parse(text) for name, text in {**SOURCES, **changed}.items()}
    return with_program(trees, "program", members, ("wherry/code",), "run", loaded)


def names(tree):
    """Return the names at the top level of a module, with the methods of its classes."""
    found = set()
    for node in tree.body:
        found |= {alias.name for alias in getattr(node, "names", ())}
        found |= {getattr(node, "name", None)}
        found |= {each.name for each in getattr(node, "body", ()) if hasattr(each, "name")}
    return found - {None}


def test_unreachable_functions_methods_and_imports_are_left_out():
    trees = made()
    assert names(trees["program"]) == {"run", "Rows", "__init__", "add", "os"}
    # The modules of other wakes are unchanged.
    assert "forgotten" in names(trees["wherry/rows"]) and "never" in names(trees["wherry/rows"])


def test_a_module_imported_by_a_string_keeps_the_names_that_it_uses():
    assert {"asked", "json"} <= names(made(["wherry/driver"])["program"])


def test_a_copy_that_stays_a_module_imports_the_programs_classes():
    trees = made()
    text = ast.unparse(trees["wherry/copied/wherry/code"])
    assert "from program import Rows" in text
    assert "from wherry.copied.wherry import code" in ast.unparse(trees["program"])


def test_members_that_cannot_be_linked_are_an_error():
    with pytest.raises(DeployError, match="sets a global"):
        made(**{"wherry/rows": "def set():\n    global a\n    a = 1\n"})


def test_code_that_depends_on_an_unused_key_is_left_out():
    source = """
def run(each):
    if "alarm" in each:
        alarm(each)
    elif hasattr(each, "period_us"):
        fast(each)
    else:
        plain(each)
    if "alarm" in each and each:
        alarm(each)
    return "other" in each, 1 if "alarm" in each else 2

def alarm(each): pass
def fast(each): pass
def plain(each): pass
"""
    trees = {"program": ast.parse(source)}
    absent = ("alarm", "period_us")
    tree = with_program(trees, "program", ("program",), (), "run", (), absent)["program"]
    assert names(tree) == {"run", "plain"}
    assert "'other' in each, 2" in ast.unparse(tree)
