"""The loader's text for a board, without comments, docstrings and names that use heap.

The chip compiles /main.py at each wake and keeps every name in it. Constants are inlined. The
source's own names become capital letters, which differ within a function; the modules of a slot
also have most of these letters, see shared_names. Names that belong to Python or the chip, or that
MicroPython calls, stay. Everything except the last statement, which runs the application, is in
comments and is executed from the file, so that its code can be dropped when a slot is mounted.
"""

import ast
import string

from wherry_host.compile.syntax import parsed

# Filesystem methods, and names that are looked up by a string.
_KEPT = {"mount", "umount", "stat", "open", "ilistdir", "Slot", "__init__"}
# The letter for the file is not used elsewhere at the top of a module.
_FIRST = """with open('/main.py') as Z:
    exec(Z.read().split('\\n#', 1)[1].replace('\\n#', '\\n'))
del Z, {names}
{last}
"""


def loader_text(source):
    """Return the short form of a loader's source as bytes."""
    tree = _renamed(source)
    last = tree.body.pop()
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    lines = [f"#{line}" for line in ast.unparse(tree).splitlines() if line]
    first = _FIRST.format(names=", ".join(names), last=ast.unparse(last))
    return (first + "\n".join(lines) + "\n").encode()


def _renamed(source):
    """Return the tree of a loader's source with short names, without constants and docstrings."""
    tree = _Inlined(source).tree
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    shared = {node.name for node in functions} | _stored(tree.body) | _fields(tree)
    letters = iter(string.ascii_uppercase)
    short = {name: next(letters) for name in sorted(shared - _KEPT)}
    rest = list(letters)
    for node in functions:
        own = {each.arg for each in node.args.args} | _stored(node.body)
        _rename(node, short | dict(zip(sorted(own), rest, strict=False)), short)
        node.name = short.get(node.name, node.name)
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            _rename(node, short, {})
    for node in ast.walk(tree):
        has_text = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if has_text and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


class _Inlined(ast.NodeTransformer):
    """Inlines the constants, `_NAME = value`, of the source whose tree is `tree`."""

    def __init__(self, source):
        tree = parsed(source)
        assigned = [node for node in tree.body if _names(node)]
        self._values = {node.targets[0].id: node.value for node in assigned}
        tree.body = [node for node in tree.body if node not in assigned]
        self.tree = self.visit(tree)

    def visit_Name(self, node):
        return self._values.get(node.id, node)


def _names(node):
    """Return True if a statement assigns a value to a name."""
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)


def _stored(body):
    """Return the variables that statements assign, without those inside functions."""
    found = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        waiting += ast.iter_child_nodes(node)
    return found


def _fields(tree):
    """Return the names of the attributes of `self`."""
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in attributes if _is_own(node)}


def _is_own(attribute):
    return isinstance(attribute.value, ast.Name) and attribute.value.id == "self"


def _rename(root, short, fields):
    for node in ast.walk(root):
        # Attributes come before the names in them, because the walk goes from the outside in.
        if isinstance(node, ast.Attribute) and _is_own(node):
            node.attr = fields.get(node.attr, node.attr)
        elif isinstance(node, ast.Name):
            node.id = short.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = short.get(node.arg, node.arg)
        elif isinstance(node, ast.ExceptHandler):
            node.name = short.get(node.name, node.name)
