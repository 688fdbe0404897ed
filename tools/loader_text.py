"""The loader as it goes to a board: without comments, docstrings and names that take heap.

The chip compiles /main.py at each wake and keeps every name in it; one of a single letter it has
already. Names of Python and of the chip, and the methods that MicroPython calls, stay.
"""

import ast
import builtins
import itertools
import string

# What MicroPython asks of a filesystem, and what a slot's application is called by.
_KEPT = {"mount", "umount", "stat", "open", "ilistdir", "app", "run", "Slot"}


def loader_text(source):
    """Return the bytes of a loader's source, made small."""
    tree = ast.parse(source)
    names = _own_names(tree)
    letters = itertools.chain(string.ascii_lowercase, string.ascii_uppercase)
    short = dict(zip(sorted(names), letters, strict=False))
    # Attributes come before the names in them: ast.walk goes from the outside to the inside.
    for node in ast.walk(tree):
        _rename(node, short)
        has_text = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if has_text and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return (ast.unparse(tree) + "\n").encode()


def _own_names(tree):
    """Return the names that a source gives itself."""
    found, foreign = set(), set(_KEPT) | set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef) or (
            isinstance(node, ast.ExceptHandler) and node.name
        ):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and _is_own(node):
            found.add(node.attr)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            foreign |= {alias.name for alias in node.names}
        elif isinstance(node, ast.keyword):
            foreign.add(node.arg)
    return {name for name in found - foreign - {None} if not name.startswith("__")}


def _is_own(node):
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _rename(node, short):
    if isinstance(node, ast.Name):
        node.id = short.get(node.id, node.id)
    elif isinstance(node, ast.arg):
        node.arg = short.get(node.arg, node.arg)
    elif isinstance(node, ast.FunctionDef) or (isinstance(node, ast.ExceptHandler) and node.name):
        node.name = short.get(node.name, node.name)
    elif isinstance(node, ast.Attribute) and node.attr in short:
        # Another's attribute of the same name, sys.path, is none of ours.
        node.attr = (
            short[node.attr]
            if getattr(node.value, "id", "") in (short.get("self"), "self")
            else node.attr
        )
