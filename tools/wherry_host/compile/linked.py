"""Link modules into one before they are compiled, because each module costs heap on the chip.

A module has a table of names, and so does each module that imports from it. The modules that a
node keeps for its whole run become one, in the given order; other modules import from the linked
module. If two modules define the same name at the top, it is renamed in the second.
"""

import ast
import builtins

from wherry_host.compile.constants import is_text, module_of, put_constants
from wherry_host.compile.syntax import changed, constant, nodes, top
from wherry_host.errors import DeployError

# The statements allowed at the top of a linked module.
_STATEMENTS = (ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef, ast.Pass)


def linked(trees, groups):
    """Return {name: ast.Module} of a slot's modules, with the members of each group as one.

    `trees` is {name in the slot, such as "wherry/queue": ast.Module}, which is changed; `groups`
    are (name of the linked module, names of its members). Raises DeployError if modules cannot be
    linked.
    """
    put_constants(trees)
    for target, members in groups:
        trees = _linked(trees, [name for name in members if name in trees], target)
    return trees


def _linked(trees, members, target):
    """Return {name: ast.Module} with one module, `target`, in place of the members."""
    _check(trees, members)
    new_names = _new_names(trees, members)
    found = {}
    for name, tree in trees.items():
        if name in members or _names_any(tree, members):
            _Linker(name, tree, members, target, new_names).visit(tree)
            changed(tree)
        # The linked module takes the place of its first member.
        found[target if name in members else name] = tree
    if members:
        found[target] = _joined([trees[name] for name in members])
    return found


def _names_any(tree, members):
    """Return True if a module imports a member, or a name of one."""
    return any(
        module.replace(".", "/") in members or f"{module}/{alias.name}" in members
        for alias, module in _aliases(tree)
    )


def _check(trees, members):
    """Raise DeployError if a member has code that is not supported here."""
    imports = {}
    for name in members:
        for node in trees[name].body:
            if not is_text(node) and not isinstance(node, _STATEMENTS):
                raise DeployError(f"{name}: line {node.lineno} cannot be linked")
        if nodes(trees[name], ast.Global):
            raise DeployError(f"{name} sets a global: it cannot be linked")
        if top(trees[name]) & set(dir(builtins)):
            raise DeployError(f"{name} has names of Python at its top: it cannot be linked")
        for each, origin in _imported(trees[name]):
            if imports.setdefault(each, origin) != origin:
                raise DeployError(f"{name} imports another {each}: it cannot be linked")
    own = set().union(*(top(trees[name]) for name in members))
    for each in own & {each for each, origin in imports.items() if origin not in members}:
        raise DeployError(f"{each} is imported by one module and defined by another one")
    # A module named by a string may be loaded and dropped by that name.
    paths = {name.replace("/", ".") for name in members}
    for name, tree in trees.items():
        for node in nodes(tree, ast.Constant):
            if node.value in paths:
                raise DeployError(f"{name} names {node.value} in a text: it cannot be linked")


def _imported(tree):
    """Yield (name, module) of all imports of a module, with its own names."""
    for alias, module in _aliases(tree):
        yield alias.asname or alias.name, module


def _aliases(tree):
    """Yield (ast.alias, module) of all imports of a module."""
    for node in nodes(tree, ast.ImportFrom):
        for alias in node.names:
            yield alias, module_of(node)
    for node in nodes(tree, ast.Import):
        for alias in node.names:
            yield alias, alias.name


def _new_names(trees, members):
    """Return {module: {name at its top: name in the linked module}} of the names that change."""
    taken, found = set(), {}
    for name in members:
        own = top(trees[name])
        constants = {constant(node) for node in trees[name].body}
        last = name.rpartition("/")[2]
        # The compiler removes private constants, and other names get a shorter one.
        found[name] = {
            each: f"_{last}{each}" if each in constants else f"{last}_{each.strip('_')}"
            for each in own & taken
        }
        taken |= own
    return found


def _functions(tree):
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _bound(function):
    """Return the local names of a function: its arguments and the variables it sets."""
    inside = list(ast.walk(function))
    found = {node.arg for node in inside if isinstance(node, ast.arg)} | _functions(function)
    found |= {node.name for node in inside if isinstance(node, ast.ExceptHandler)}
    names = [node for node in inside if isinstance(node, ast.Name)]
    return found | {node.id for node in names if isinstance(node.ctx, ast.Store)}


class _Linker(ast.NodeTransformer):
    """Makes a module find members' names in the linked module, or in itself if it is a member."""

    def __init__(self, name, tree, members, target, new_names):
        self._name = name
        # The module's variables for members: {variable: member}.
        self._modules = {
            alias.asname or alias.name: f"{module_of(node)}/{alias.name}"
            for node in nodes(tree, ast.ImportFrom)
            for alias in node.names
            if f"{module_of(node)}/{alias.name}" in members
        }
        self._members = members
        self._is_member = name in members
        self._target = target
        self._new_names = new_names
        self._own = new_names.get(name, {})
        self._bound = set()

    def visit_Module(self, node):
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.ClassDef):
                each.name = self._own.get(each.name, each.name)
        return self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.replace(".", "/") in self._members:
                raise DeployError(f"{self._name}: write from {alias.name} import ...")
        return node

    def visit_ImportFrom(self, node):
        module = module_of(node)
        if module not in self._members:
            return self._room(node)
        if self._is_member:
            self._refuse_new(node.names)
            return ast.Pass()
        node.module = self._target.replace("/", ".")
        for alias in node.names:
            new = self._new_names[module].get(alias.name)
            if new:
                alias.name, alias.asname = new, alias.asname or alias.name
        return node

    def _room(self, node):
        """Import the linked module in place of members."""
        members = [a for a in node.names if f"{module_of(node)}/{a.name}" in self._members]
        if not members:
            return node
        self._refuse_new(members)
        node.names = [alias for alias in node.names if alias not in members]
        found = [node] if node.names else [ast.Pass()]
        if not self._is_member:
            package, _, last = self._target.rpartition("/")
            found.append(ast.ImportFrom(package.replace("/", "."), [ast.alias(last)], 0))
        return found

    def _refuse_new(self, aliases):
        if any(alias.asname for alias in aliases):
            raise DeployError(f"{self._name} imports under another name: it cannot be linked")

    def visit_FunctionDef(self, node):
        # Defaults are outside the function's local names.
        for each in node.args.defaults + [each for each in node.args.kw_defaults if each]:
            self.visit(each)
        outer, self._bound = self._bound, self._bound | _bound(node)
        self.generic_visit(node)
        self._bound = outer
        return node

    def visit_ClassDef(self, node):
        if top(node) & set(self._own) - _functions(node):
            raise DeployError(f"{self._name}: {node.name} has a variable: it cannot be linked")
        return self.generic_visit(node)

    def visit_Attribute(self, node):
        name = getattr(node.value, "id", None)
        module = self._modules.get(name) if name not in self._bound else None
        if not module:
            return self.generic_visit(node)
        name = self._new_names[module].get(node.attr, node.attr)
        variable = name if self._is_member else self._target.rpartition("/")[2]
        if variable in self._bound:
            raise DeployError(f"{self._name} has a variable {variable}: it cannot be linked")
        if self._is_member:
            return ast.Name(variable, node.ctx)
        return ast.Attribute(ast.Name(variable, ast.Load()), name, node.ctx)

    def visit_Name(self, node):
        if node.id not in self._bound:
            node.id = self._own.get(node.id, node.id)
        return node


def _joined(trees):
    """Return several modules as one, without docstrings and with each import once."""
    seen, body = set(), []
    for node in [node for tree in trees for node in tree.body]:
        text = ast.unparse(node)
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        if not is_text(node) and not isinstance(node, ast.Pass) and text not in seen:
            body.append(node)
        if is_import:
            seen.add(text)
    return ast.Module(body, [])
