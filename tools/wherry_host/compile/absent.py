"""Remove the code of a module that depends on a key or an attribute that the node lacks."""

import ast


def without(tree, absent):
    """Replace `"key" in …` and `hasattr(…, "name")` with False for the strings in `absent`.

    Branches that are then never taken are removed.
    """
    if absent:
        _Pruner(absent).visit(tree)
        ast.fix_missing_locations(tree)


class _Pruner(ast.NodeTransformer):
    def __init__(self, absent):
        self._absent = absent

    def visit_Compare(self, node):
        self.generic_visit(node)
        is_one = isinstance(node.ops[0], ast.In) and len(node.ops) == 1
        return ast.Constant(False) if is_one and self._is_absent(node.left) else node

    def visit_Call(self, node):
        self.generic_visit(node)
        is_asked = isinstance(node.func, ast.Name) and node.func.id == "hasattr"
        return ast.Constant(False) if is_asked and self._is_absent(node.args[1]) else node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        is_never = isinstance(node.op, ast.And) and _is_false(node.values[0])
        return ast.Constant(False) if is_never else node

    def visit_If(self, node):
        self.generic_visit(node)
        if not _is_false(node.test):
            return node
        return node.orelse or ast.Pass()

    def visit_IfExp(self, node):
        self.generic_visit(node)
        return node.orelse if _is_false(node.test) else node

    def _is_absent(self, node):
        return isinstance(node, ast.Constant) and node.value in self._absent


def _is_false(node):
    return isinstance(node, ast.Constant) and node.value is False
