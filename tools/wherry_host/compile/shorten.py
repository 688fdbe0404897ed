"""Shorten a module's names before it is compiled, because each name costs heap on the chip.

Public names can be shortened only for all modules together: see shared_names.

A name with one leading underscore is private to its module, and so is a name that only arguments
have, because no other module can know it. So all modules can use the same few short names:
`_row_path` and another module's `deadline_ms` both become `_a`.
"""

import ast
import builtins
import itertools
import re
import string

from wherry_host.compile import rom_names
from wherry_host.compile.syntax import constant, names_in, nodes, parsed, rename

_PRIVATE = re.compile(r"_[A-Za-z]\w+$")


def keywords(trees):
    """Return the names of all keyword arguments in the trees, which must stay."""
    return {keyword.arg for tree in trees for keyword in nodes(tree, ast.keyword)}


def shorten(source, kept=None, shared=None):
    """Return the Python source with short private names and without comments.

    `kept` and `shared` are as for shorten_tree.
    """
    tree = parsed(source)
    shorten_tree(tree, kept, shared)
    return ast.unparse(tree)


def shorten_tree(tree, kept=None, shared=None):
    """Shorten a module's private names in its tree.

    Arguments are changed only if `kept`, the `keywords` of all callers, is given. `shared` are the
    `shared_names` of all modules.
    """
    names = names_in(tree) - set(shared or ())
    rename(tree, _new_names(tree, names, kept) | (shared or {}))


def _new_names(tree, names, kept):
    """Return {name: short name} of a module's private names and arguments."""
    arguments, imported = _arguments(tree)
    if kept is None:
        arguments = set()
    # The compiler removes private constants.
    constants = {constant(node) for node in tree.body}
    private = {name for name in names if _PRIVATE.match(name)} - imported - constants
    # A base class from another module also has private names, which are unknown here.
    private -= _subclass_names(tree)
    short = (name for name in _short_names() if name not in names)
    new_names = dict(zip(sorted(private), short, strict=False))
    # Arguments that never meet in a function can have the same name.
    functions = [_names(node) for node in nodes(tree, ast.FunctionDef)]
    shared = []
    for name in sorted(arguments & names - (kept or set()) - private):
        met = set().union(*(function for function in functions if name in function))
        for number in itertools.count():
            if number == len(shared):
                shared.append(next(short))
            if not any(new_names.get(other) == shared[number] for other in met):
                new_names[name] = shared[number]
                break
    return new_names


def _arguments(tree):
    """Return the names of imports, and of arguments that mean nothing else in the module."""
    imported, others = set(), rom_names.ARGUMENTS | set(dir(builtins))
    arguments = {node.arg for node in nodes(tree, ast.arg)}
    others |= {node.attr for node in nodes(tree, ast.Attribute)}
    others |= {node.name for node in nodes(tree, ast.FunctionDef, ast.ClassDef)}
    for node in nodes(tree, ast.ImportFrom):
        imported |= set((node.module or "").split("."))
    for node in nodes(tree, ast.alias):
        imported |= {node.asname, *node.name.split(".")}
    for node in nodes(tree, ast.Module, ast.ClassDef):
        for statement in node.body:
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                others |= _names(statement)
    return arguments - others - imported, imported


def _subclass_names(tree):
    """Return the private names in classes that inherit from another module's class."""
    imports = nodes(tree, ast.ImportFrom)
    strangers = {alias.asname or alias.name for node in imports for alias in node.names}
    subclasses = [
        node
        for node in nodes(tree, ast.ClassDef)
        if any(getattr(base, "id", None) in strangers for base in node.bases)
    ]
    parts = [part for subclass in subclasses for part in ast.walk(subclass)]
    names = {getattr(part, "attr", None) or getattr(part, "name", None) or "" for part in parts}
    return {name for name in names if isinstance(name, str) and _PRIVATE.match(name)}


def _names(tree):
    """Return the names of variables and arguments below a node."""
    kinds = (ast.Name, "id"), (ast.arg, "arg"), (ast.ExceptHandler, "name")
    below = list(ast.walk(tree))
    return {getattr(node, at) for kind, at in kinds for node in below if isinstance(node, kind)}


def _short_names():
    """Yield _a, _b, ... _v, the methods' names, then _w, ... _aa, _ab, ... endlessly."""
    letters = string.ascii_lowercase
    most = letters[: letters.index("w")]
    yield from (f"_{letter}" for letter in most)
    yield from rom_names.PRIVATE
    yield from (f"_{letter}" for letter in letters[len(most) :])
    for size in itertools.count(2):
        for letters in itertools.product(string.ascii_lowercase, repeat=size):
            yield "_" + "".join(letters)
