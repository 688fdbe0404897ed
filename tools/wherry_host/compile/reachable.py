"""Remove the code in a module that one of its functions never needs.

Code is matched by name, so the result may have too much but never too little. A function, class,
variable or import at the top is needed if needed code mentions its name; a method is needed if any
attribute has its name. All names in other modules that are then loaded count as mentioned.
"""

import ast

from wherry_host.compile.constants import module_of
from wherry_host.compile.syntax import changed, defined, names_in, nodes

_IMPORTS = ast.Import | ast.ImportFrom


def reach(trees, target, root, loaded=()):
    """Reduce the module `target` of {name in the slot: ast.Module} to the code that `root` needs.

    `loaded` are the names of modules that it loads by a string.
    """
    tree = trees[target]
    others = {name: other for name, other in trees.items() if name != target}
    wanted = _Search(tree, others).of(root, loaded)
    for node in nodes(tree, ast.ClassDef):
        node.body = [each for each in node.body if _is_special(each) or _method(each) in wanted]
    for node in tree.body:
        if isinstance(node, _IMPORTS):
            node.names = [alias for alias in node.names if _name(alias) in wanted]
    tree.body = [node for node in tree.body if _defined(node) & wanted]
    changed(tree)


class _Search:
    """Finds the needed names in a tree; `others` are {name: ast.Module}."""

    def __init__(self, tree, others):
        self._others = others
        self._pieces = {}
        for node in tree.body:
            is_class = isinstance(node, ast.ClassDef)
            methods = [each for each in node.body if not _is_special(each)] if is_class else []
            for name in _defined(node):
                self._add(name, ast.Module(_without(node, methods), []))
            for each in methods:
                self._add(_method(each), each)
        self._seen = set()

    def _add(self, name, piece):
        self._pieces.setdefault(name, []).append(piece)

    def of(self, root, loaded):
        """Return the names needed by the function `root` and the modules `loaded`."""
        wanted, waiting = set(), [root]
        for name in loaded:
            waiting += self._in_module(name)
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                for piece in self._pieces.get(name, ()):
                    waiting += self._mentioned(piece)
        return wanted

    def _mentioned(self, piece):
        """Yield the names in a piece of code, and in the modules that it imports."""
        for node in ast.walk(piece):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield from _both(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                # For `hasattr`.
                yield from _both(node.value)
            elif isinstance(node, _IMPORTS):
                for name in _modules(node):
                    yield from self._in_module(name)

    def _in_module(self, name):
        """Return the names in another module and in all modules that it imports."""
        if name in self._seen or name not in self._others:
            return []
        self._seen.add(name)
        tree = self._others[name]
        found = [each for name in names_in(tree) for each in _both(name)]
        for node in nodes(tree, ast.Import, ast.ImportFrom):
            for each in _modules(node):
                found += self._in_module(each)
        return found


def _is_special(node):
    """Return True if a part of a class always stays, which all except ordinary methods do."""
    return not isinstance(node, ast.FunctionDef) or node.name.startswith("__")


def _both(name):
    """Return the keys that a name may refer to: a method, or something at the top."""
    return f".{name}", name


def _method(node):
    return f".{node.name}"


def _without(node, methods):
    """Return the statements of a node without these methods."""
    if not methods:
        return [node]
    return [*map(ast.Expr, node.bases), *(each for each in node.body if each not in methods)]


def _defined(node):
    """Return the names that a statement at the top defines or imports."""
    if isinstance(node, _IMPORTS):
        return {_name(alias) for alias in node.names}
    return defined(node)


def _name(alias):
    return alias.asname or alias.name


def _modules(node):
    """Return the slot names of the modules that an import may load."""
    if isinstance(node, ast.Import):
        return [alias.name.replace(".", "/") for alias in node.names]
    module = module_of(node)
    return [module, *(f"{module}/{alias.name}" for alias in node.names)]
