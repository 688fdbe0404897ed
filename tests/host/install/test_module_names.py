"""Short names of a slot's modules: the modules behave the same under other names."""

import ast
import subprocess
import sys
from types import ModuleType

import pytest
from support.places import MICROPYTHON
from wherry_host.compile import rom_names
from wherry_host.compile.module_names import named
from wherry_host.errors import DeployError

ROOM = "LIMIT = 3\n\n\ndef open(name):\n    return ('room', name)\n"
READER = """
from wherry import VERSION, small_file
from wherry.queue import room


def read():
    from wherry.queue.room import LIMIT as most
    from wherry.ring import room as other

    return room.open("x"), other.open("y"), small_file.read(), most, VERSION
"""
TREES = {
    "app": "import wherry\nfrom wherry.queue import reader\nfrom setup import make\n\n\n"
    "def run():\n    return reader.read(), make(), wherry.VERSION\n",
    "setup": "def make():\n    return 'made'\n",
    "wherry/__init__": "VERSION = '1'\n",
    "wherry/small_file": "def read():\n    return 'small'\n",
    "wherry/queue/room": ROOM,
    "wherry/queue/reader": READER,
    "wherry/ring/room": ROOM.replace("'room'", "'ring'"),
}

# Prints the size of the table of names before and after the use of all names, and Python's own
# names in between.
INTERNING = """
import builtins, micropython, sys
class Names: pass
names, name = Names(), sys.stdin.readline()
micropython.qstr_info()
while name:
    setattr(names, name.strip(), 0)
    if hasattr(builtins, name.strip()): print(name)
    name = sys.stdin.readline()
micropython.qstr_info()
"""


def run(sources):
    """Return the result of the application; the modules are outside any package."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name in sources}
    try:
        waiting = [name for name in sources if name != "app"] + ["app"]
        for _ in range(len(waiting)):
            for name in list(waiting):
                module = ModuleType(name)
                try:
                    exec(sources[name], module.__dict__)
                except ImportError:
                    continue  # Its imports come later.
                sys.modules[name] = module
                waiting.remove(name)
        assert not waiting
        return sys.modules["app"].run()
    finally:
        for name in sources:
            sys.modules.pop(name, None)
        sys.modules.update(before)


def test_modules_outside_their_packages_do_the_same():
    trees, modules = named({name: ast.parse(text) for name, text in TREES.items()})
    assert modules == {
        "wherry": "wherry", "acos": "wherry.queue.reader", "acosh": "wherry.queue.room",
        "append": "wherry.ring.room", "asin": "wherry.small_file",
    }  # fmt: skip
    assert set(trees) == {"app", "setup", *modules}
    read = ("room", "x"), ("ring", "y"), "small", 3, "1"
    assert run({name: ast.unparse(tree) for name, tree in trees.items()}) == (read, "made", "1")


def test_names_of_modules_are_unique_and_not_python_s():
    files = "s", "st", "stage", *(f"t{number}" for number in range(len(rom_names.MODULES)))
    texts = {f"wherry/{room}/{file}": "" for room in ("one", "of") for file in files}
    trees, modules = named({name: ast.parse(text) for name, text in texts.items()})
    assert len(trees) == len(modules) == len(texts) and "os" not in modules


def test_names_of_modules_are_not_builtins_and_are_in_read_only_memory():
    names = [*rom_names.MODULES, *rom_names.PRIVATE, *sorted(rom_names.ARGUMENTS)]
    done = subprocess.run(
        [MICROPYTHON, "-c", INTERNING],
        input="\n".join(names), capture_output=True, text=True, check=True,
    )  # fmt: skip
    before, *taken, after = done.stdout.splitlines()
    assert before == after and not taken


def test_a_dotted_import_is_refused():
    with pytest.raises(DeployError, match=r"app: write from wherry\.queue import room"):
        named({"app": ast.parse("import wherry.queue.room"), "wherry/queue/room": ast.parse("")})
