"""Replace uses of the modules' public constants, `NAME = const(1)`, with numbers.

The compiler does this only within a module. On the chip, an imported constant costs heap in both
modules.
"""

import ast
import re

from wherry_host.compile.shared_names import words
from wherry_host.compile.syntax import changed, constant, nodes, parsed

_IMPORT = re.compile(r"^from micropython import const$", re.MULTILINE)


def put_constants(trees):
    """Change {name in the slot: ast.Module}; a module that had only constants is removed."""
    numbers = {name: _numbers(tree) for name, tree in trees.items()}
    sought = set()
    for name, tree in trees.items():
        sought |= _Constants(numbers, name).put(tree)
    for name, tree in trees.items():
        gone = set(numbers[name]) - sought
        tree.body = [node for node in tree.body if constant(node) not in gone]
        changed(tree)
    _drop_empty(trees)


def without_const(text):
    """Return a source without the import of `const`.

    The compiler recognises constants without it, and the name would cost each module heap.
    """
    tree = parsed(text)
    names = [node for node in nodes(tree, ast.Name) if node.id == "const"]
    is_needed = len(names) > len([node for node in tree.body if constant(node)])
    return text if is_needed else _IMPORT.sub("", text)


def module_of(node):
    """Return the slot name of the module that an ImportFrom imports from."""
    return (node.module or "").replace(".", "/")


def is_text(node):
    """Return True if a statement is only a string."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _numbers(tree):
    """Return {name: number} of the public constants of a module that are plain numbers."""
    found = {}
    for node in tree.body:
        name = constant(node)
        if name and name[0] != "_":
            try:
                found[name] = ast.literal_eval(node.value.args[0])
            except ValueError:
                continue
    return found


class _Constants(ast.NodeTransformer):
    """Replaces constants in the module `name`; `numbers` is {module: {name: number}}."""

    def __init__(self, numbers, name):
        self._numbers = numbers
        self._known = dict(numbers[name])
        # The module's names for the other modules that have constants.
        self._modules = {}
        self._sought = set()

    def put(self, tree):
        """Change the tree; return the names that may also be looked up in other ways."""
        for node in nodes(tree, ast.ImportFrom):
            self._learn(node)
        self.visit(tree)
        changed(tree)
        used = {node.id for node in nodes(tree, ast.Name)}
        for node in list(tree.body):
            if isinstance(node, ast.ImportFrom):
                unused = set(self._modules) - used
                node.names = [a for a in node.names if (a.asname or a.name) not in unused]
                if not node.names:
                    tree.body.remove(node)
        return self._sought | words(tree)

    def _learn(self, node):
        for alias in node.names:
            known = self._numbers.get(module_of(node), {})
            if alias.name in known:
                self._known[alias.asname or alias.name] = known[alias.name]
            inner = self._numbers.get(f"{module_of(node)}/{alias.name}")
            if inner:
                self._modules[alias.asname or alias.name] = inner

    def visit_ImportFrom(self, node):
        known = self._numbers.get(module_of(node), {})
        node.names = [alias for alias in node.names if alias.name not in known]
        return node if node.names else ast.Pass()

    def visit_Attribute(self, node):
        inner = self._modules.get(getattr(node.value, "id", None), {})
        if node.attr in inner:
            return ast.Constant(inner[node.attr])
        self._sought.add(node.attr)
        return self.generic_visit(node)

    def visit_Name(self, node):
        is_read = isinstance(node.ctx, ast.Load) and node.id in self._known
        return ast.Constant(self._known[node.id]) if is_read else node


def _drop_empty(trees):
    """Drop empty modules that are not imported anywhere."""
    imported = set()
    for tree in trees.values():
        for node in nodes(tree, ast.ImportFrom):
            imported |= {f"{module_of(node)}/{alias.name}" for alias in node.names}
    for name in list(trees):
        if name not in imported and all(_says_nothing(node) for node in trees[name].body):
            del trees[name]


def _says_nothing(node):
    return is_text(node) or isinstance(node, ast.ImportFrom | ast.Pass)
