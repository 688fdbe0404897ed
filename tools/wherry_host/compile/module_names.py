"""Top-level names that cost no heap for the modules of a slot, such as `append` or `sin`.

On the chip, a module's name, the path of its file and its packages cost heap. The host keeps the
long names. When the names in rom_names are used up, modules get short names, such as `qro` for
`wherry/queue/room`.
"""

import ast
import sys

from wherry_host.compile import rom_names
from wherry_host.compile.syntax import changed
from wherry_host.errors import DeployError

PACKAGE = "wherry"
# The package's own module keeps its name.
_ROOT = f"{PACKAGE}/__init__"


def named(trees):
    """Return ({new name: ast.Module}, {new name: old name}) of a slot's modules.

    `trees` is {name in the slot, such as "wherry/queue/room": ast.Module}; the modules are
    changed. Modules outside the package keep their names. Raises DeployError for `import` of a
    dotted name.
    """
    short = _short_names(trees)
    dotted = {_dotted(name): new for name, new in short.items()}
    for name, tree in trees.items():
        _Renamer(name, dotted).visit(tree)
        changed(tree)
    renamed = {short.get(name, name): tree for name, tree in trees.items()}
    return renamed, {new: _dotted(name) for name, new in short.items()}


def _dotted(name):
    return name.removesuffix("/__init__").replace("/", ".")


def _short_names(trees):
    """Return {name: new name} of the package's modules.

    Once the free names are used up, a name is one letter of the package and two of the file.
    """
    taken = {name.partition("/")[0] for name in trees} | set(sys.stdlib_module_names)
    free = iter(rom_names.MODULES)
    found = {}
    for name in sorted(trees):
        if name == _ROOT:
            found[name] = PACKAGE
        elif name.startswith(PACKAGE + "/"):
            *rooms, last = name.split("/")[1:]
            letters = "".join(room[0] for room in rooms) + last.replace("_", "")[:2]
            short, count = next(free, letters), 1
            while short in taken:
                count += 1
                short = f"{letters}{count}"
            found[name] = short
            taken.add(short)
    return found


class _Renamer(ast.NodeTransformer):
    """Makes the imports in the module `name` use `new_names`, {dotted name: short name}."""

    def __init__(self, name, short):
        self._name = name
        self._short = short

    def visit_Import(self, node):
        for alias in node.names:
            room, _, last = alias.name.rpartition(".")
            if room and alias.name in self._short:
                raise DeployError(f"{self._name}: write from {room} import {last}")
        return node

    def visit_ImportFrom(self, node):
        """Import a module of the package directly, and other names from the new module.

        A module that the slot lacks is never imported, so it needs no name: its importers name
        the package instead.
        """
        whole, others = [], []
        for alias in node.names:
            short = self._short.get(f"{node.module}.{alias.name}")
            if short:
                whole.append(ast.alias(short, alias.asname or alias.name))
            else:
                others.append(alias)
        found = [ast.Import([alias]) for alias in whole]
        if others:
            is_lacking = node.module.startswith(PACKAGE + ".")
            module = self._short.get(node.module, PACKAGE if is_lacking else node.module)
            found.append(ast.ImportFrom(module, others, 0))
        return found
