"""The faults that can be planted in a source: each is a small change of its text.

Texts, annotations, docstrings and the numbers of messages are not changed.
"""

import ast
from dataclasses import dataclass
from itertools import pairwise

_COMPARED = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
}  # fmt: skip
_COMPUTED = {ast.Add: ("+", "-"), ast.Sub: ("-", "+")}
_JOINED = {ast.And: ("and", "or"), ast.Or: ("or", "and")}
# Calls whose presence and order matter: their effects outlive the program.
_WRITES = frozenset((
    "deliver", "drop", "flush", "forget_rows", "mkdir", "put", "put_row", "remove", "rename",
    "save", "spill", "write",
))  # fmt: skip
_ENTRUSTED = _WRITES | frozenset(("feed", "sync", "close", "clear"))
# Their arguments are messages for a person.
_SPOKEN = frozenset(("say", "print", "wrong"))
_NUMBER_MAX = 1 << 40
_STEPPED_MAX = 64


@dataclass(frozen=True)
class Mutant:
    """One fault: `source[start:end]`, in bytes, becomes `text`; `line` is its first line.

    `before` and `after` are the changed lines, without their indent.
    """

    path: str
    function: str
    line: int
    start: int
    end: int
    text: str
    before: str
    after: str

    def planted(self, source):
        """Return the source with the fault; a SyntaxError would be a bug of this tool."""
        octets = source.encode()
        found = (octets[: self.start] + self.text.encode() + octets[self.end :]).decode()
        ast.parse(found)
        return found


def mutants_of(path, source):
    """Return the mutants of a source."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    return finder.found


class _Finder(ast.NodeVisitor):
    """Walks a module; `found` are its mutants."""

    def __init__(self, path, source):
        self.found = []
        self._path = path
        self._octets = source.encode()
        self._starts = [0]
        for line in self._octets.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._functions = []

    # Faults

    def _place(self, node):
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node):
        start, end = self._place(node)
        return self._octets[start:end].decode()

    def _add(self, start, end, text):
        changed = self._octets[:start] + text.encode() + self._octets[end:]
        begin = self._octets.rfind(b"\n", 0, start) + 1
        after = len(self._octets[end:]) - len(self._octets[end:].partition(b"\n")[0])
        line = self._octets.count(b"\n", 0, start) + 1
        shown = [_shown(each[begin : len(each) - after]) for each in (self._octets, changed)]
        function = ".".join(self._functions) or "-"
        self.found.append(Mutant(self._path, function, line, start, end, text, *shown))

    def _replace(self, node, text):
        self._add(*self._place(node), text)

    def _replace_between(self, left, right, was, text):
        """Replace an operator between two nodes."""
        start, end = self._place(left)[1], self._place(right)[0]
        at = self._octets.find(was.encode(), start, end)
        if at >= 0:
            self._add(at, at + len(was), text)

    # Places of faults

    def _visit_function(self, node):
        self._functions.append(node.name)
        for part in (*node.args.defaults, *node.args.kw_defaults):
            if part:
                self.visit(part)
        self._visit_body(node.body)
        self._functions.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_ClassDef(self, node):
        self._functions.append(node.name)
        self._visit_body(node.body)
        self._functions.pop()

    def visit_Module(self, node):
        self._visit_body(node.body)

    def _visit_body(self, body):
        self._swap_writes(body)
        for statement in body:
            self.visit(statement)

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)

    def visit_Import(self, node):
        pass

    visit_ImportFrom = visit_JoinedStr = visit_Import  # noqa: N815

    def generic_visit(self, node):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                self._swap_writes(body)
        super().generic_visit(node)

    # The kinds of faults

    def visit_Compare(self, node):
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            self._replace_between(left, right, *_COMPARED[type(operator)])
            left = right
        self.generic_visit(node)

    def visit_BinOp(self, node):
        if type(node.op) in _COMPUTED and not (_is_text(node.left) or _is_text(node.right)):
            self._replace_between(node.left, node.right, *_COMPUTED[type(node.op)])
        if isinstance(node.op, ast.Mod) and _is_text(node.left):
            return  # The words of a message.
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        if type(node.op) in _COMPUTED and not _is_text(node.value):
            was, text = _COMPUTED[type(node.op)]
            self._replace_between(node.target, node.value, was + "=", text + "=")
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        for left, right in pairwise(node.values):
            self._replace_between(left, right, *_JOINED[type(node.op)])
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            start = self._place(node)[0]
            self._add(start, start + len("not "), "")
        self.generic_visit(node)

    def visit_Constant(self, node):
        value = node.value
        if type(value) is int and abs(value) < _NUMBER_MAX:
            # For a large number, such as a time, one more or less is not a fault.
            is_small = abs(value) <= _STEPPED_MAX
            for other in (value + 1, value - 1) if is_small else (value * 2, value // 2):
                self._replace(node, str(other) if other >= 0 else f"({other})")

    def visit_If(self, node):
        if not isinstance(node.test, ast.UnaryOp) and _name(node.test) != "TYPE_CHECKING":
            self._replace(node.test, f"not ({self._text(node.test)})")
        self.generic_visit(node)

    def visit_IfExp(self, node):
        self._replace(node.test, f"not ({self._text(node.test)})")
        self.generic_visit(node)

    def visit_Raise(self, node):
        self._replace(node, "pass")
        # Its words are a message for a person.

    def visit_Return(self, node):
        value = node.value
        if isinstance(value, ast.Constant) and type(value.value) is bool:
            self._replace(value, str(not value.value))
        elif value and not isinstance(value, ast.Constant):
            self._replace(value, "None")
        self.generic_visit(node)

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant):
            return  # A docstring.
        if _called(node) in _ENTRUSTED:
            self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Call(self, node):
        if _name(node.func) not in _SPOKEN:
            self.generic_visit(node)

    def _swap_writes(self, body):
        """Swap a statement that writes with the simple one before it."""
        for first, second in pairwise(body):
            simple = isinstance(first, (ast.Expr, ast.Assign, ast.AugAssign))
            if simple and not _is_docstring(first) and _called(second) in _WRITES:
                start, end = self._place(first)[0], self._place(second)[1]
                between = self._octets[self._place(first)[1] : self._place(second)[0]].decode()
                self._add(start, end, self._text(second) + between + self._text(first))


def _shown(octets):
    return " ".join(octets.decode().split())


def _name(node):
    """Return the last name of `a.b.c` or `c`, or "" for anything else."""
    return getattr(node, "attr", None) or getattr(node, "id", "")


def _called(statement):
    """Return the name of the function that a statement calls, "" if it is not a call."""
    call = getattr(statement, "value", None)
    return _name(call.func) if isinstance(call, ast.Call) else ""


def _is_text(node):
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    texts = isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    return texts or isinstance(node, (ast.JoinedStr, ast.List, ast.Tuple))


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
