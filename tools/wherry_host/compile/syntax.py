"""Syntax trees of device code. Each tree is queried often, so its nodes are listed once."""

import ast
import threading

#: Some versions of CPython count the depth of two concurrent parsers in one number and fail. Any
#: other code that parses while a node is deployed must hold this lock too.
parser = threading.RLock()


def parsed(source):
    """Return the ast.Module of a source; thread-safe."""
    with parser:
        return ast.parse(source)


def nodes(tree, *kinds):
    """Return the nodes of these classes in a tree; the nodes of a class are in walk's order.

    After a change of the tree, call `changed` before this.
    """
    listed = getattr(tree, "listed", None)
    if listed is None:
        listed = tree.listed = {}
        for node in ast.walk(tree):
            listed.setdefault(type(node), []).append(node)
    return [node for kind in kinds for node in listed.get(kind, ())]


# The fields of a node that are names in the source.
_NAME_FIELDS = {
    ast.Name: ("id",), ast.Attribute: ("attr",), ast.arg: ("arg",), ast.keyword: ("arg",),
    ast.FunctionDef: ("name",), ast.ClassDef: ("name",), ast.ExceptHandler: ("name",),
    ast.alias: ("name", "asname"),
}  # fmt: skip


def names_in(tree):
    """Return all names in a tree, including those in the expressions of f-strings."""
    found = {getattr(node, field) for node, field in _named(tree)}
    return found.union(*(node.names for node in nodes(tree, ast.Global, ast.Nonlocal))) - {None}


def rename(tree, new_names):
    """Rename each name in {name: new name} wherever it occurs in the tree."""
    for node, field in _named(tree):
        name = getattr(node, field)
        setattr(node, field, new_names.get(name, name))
    for node in nodes(tree, ast.Global, ast.Nonlocal):
        node.names = [new_names.get(name, name) for name in node.names]


def _named(tree):
    """Yield (node, field) for each field of the tree that is a name."""
    for kind, fields in _NAME_FIELDS.items():
        for node in nodes(tree, kind):
            for field in fields:
                yield node, field


def changed(tree):
    """Discard the list of a tree's nodes."""
    tree.listed = None


def constant(node):
    """Return the name that a statement defines as a constant, else None."""
    call = node.value if isinstance(node, ast.Assign) else None
    is_const = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "const"
    return getattr(node.targets[0], "id", None) if is_const else None


def top(tree):
    """Return the functions, classes and variables that a module or a class defines."""
    return set().union(*map(defined, tree.body))


def defined(node):
    """Return the function, class or variables that a statement at the top defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        inner = [each for target in node.targets for each in ast.walk(target)]
        return {each.id for each in inner if isinstance(each, ast.Name)}
    return set()
