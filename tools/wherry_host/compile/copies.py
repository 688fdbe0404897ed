"""Copy modules into a separate program: a wake that only stores a row loads this one module.

The program has the parts that it needs of the node's modules, which other wakes load in other
groups.
"""

import ast
from copy import deepcopy

from wherry_host.compile.absent import without
from wherry_host.compile.constants import module_of
from wherry_host.compile.linked import linked
from wherry_host.compile.reachable import reach
from wherry_host.compile.syntax import changed

_FOLDER = "wherry/copied"
_DOTTED = _FOLDER.replace("/", ".")


def with_program(trees, target, members, apart, root, loaded, absent=()):
    """Return `trees` with a module `target` that is made of copies of the members.

    `trees` is {name in the slot: ast.Module}; the module named `target` is a member. Copies of the
    modules `apart` stay separate modules. Of the others, only the code that the function `root`
    needs is kept, and the names used by the modules `loaded`, which it loads by a string. `absent`
    are keys and attributes that nothing has in the program. Raises DeployError if they cannot be
    linked.
    """
    new_names = {name: f"{_FOLDER}/{name}" for name in members + apart if name in trees}
    copies = {new: _copy(trees[name], new_names) for name, new in new_names.items()}
    for copy in copies.values():
        without(copy, absent)
    others = {name: tree for name, tree in trees.items() if name != target}
    parts = [new_names[name] for name in members if name in new_names]
    trees = linked({**others, **copies}, [(target, parts)])
    reach(trees, target, root, loaded)
    return trees


def _copy(tree, new_names):
    """Return a copy of a member that imports the copies of the other members."""
    copy = deepcopy(tree)
    _Importer(new_names).visit(copy)
    changed(copy)
    return copy


class _Importer(ast.NodeTransformer):
    """Renames imports of members to their copies."""

    def __init__(self, new_names):
        self._new_names = new_names

    def visit_Import(self, node):
        return [self._import(alias) for alias in node.names]

    def _import(self, alias):
        if alias.name in self._new_names:
            return ast.ImportFrom(_DOTTED, [alias], 0)
        return ast.Import([alias])

    def visit_ImportFrom(self, node):
        module = module_of(node)
        if module in self._new_names:
            node.module = self._new_names[module].replace("/", ".")
            return node
        members = [a for a in node.names if f"{module}/{a.name}" in self._new_names]
        others = [alias for alias in node.names if alias not in members]
        own = self._new_names.get(f"{module}/__init__", node.module).replace("/", ".")
        found = [ast.ImportFrom(own, others, 0)] if others else []
        if members:
            found.append(ast.ImportFrom(f"{_DOTTED}.{node.module}", members, 0))
        return found
