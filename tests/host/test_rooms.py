"""The rooms of lib/wherry: who imports whom, wherever in a file it does so."""

import ast
import shutil
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "lib"
# Each may import those above it, and its own files; an uplink's room no other uplink's.
LAYERS = (
    ("wherry",), ("small_file", "reading", "channels", "text"),
    ("rows", "health_channels"),
    ("http", "net", "scans", "time", "stage", "queue"), ("ring", "health", "fifo"),
    ("sending", "sensors"), ("orders", "config"), ("uplinks",), ("sampler", "ready"),
    ("delivery",), ("node",),
)  # fmt: skip
FLAT_MAX = 16


def imports(lib):
    """Return {module: modules of ours that it imports}, by their dotted names."""
    paths = {
        path.relative_to(lib).with_suffix("").as_posix().replace("/", "."): path
        for path in lib.rglob("*.py")
    }
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    return {name: _imported(path, paths) - {name} for name, path in paths.items()}


def _imported(path, known):
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(known)


def circle(graph):
    """Return the names of modules that import each other in a circle, [] without one."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        path.append(name)
        for other in sorted(graph[name]):
            found = visit(other)
            if found:
                return found
        done.add(path.pop())
        return []

    return next(filter(None, map(visit, sorted(graph))), [])


def room(name):
    """Return the room of a module, or its own name at the top."""
    return name.split(".")[1] if "." in name else name


def upward(graph):
    """Return (module, what it imports) of each import from a room that stands higher or beside."""
    height = {each: i for i, layer in enumerate(LAYERS) for each in layer}
    return [
        (name, other)
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if room(name) != room(other) and height[room(name)] <= height[room(other)]
    ]


def across_uplinks(graph):
    """Return (module, what it imports) where an uplink's room imports another uplink's."""
    inside = [name for name in graph if name.count(".") == 3]
    return [
        (name, other)
        for name in inside
        for other in graph[name]
        if other.startswith("wherry.uplinks.") and other.split(".")[2] != name.split(".")[2]
    ]


def texts(lib):
    """Return (file, line) of each `__import__`: a module that a text names."""
    return [
        (path.relative_to(lib).as_posix(), node.lineno)
        for path in sorted(lib.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "__import__"
    ]


def test_nothing_is_imported_in_a_circle_or_upward():
    graph = imports(LIB)
    assert circle(graph) == [] and upward(graph) == [] and across_uplinks(graph) == []


def test_texts_name_drivers_and_dialects_in_one_place_only():
    assert [path for path, _ in texts(LIB)] == ["wherry/__init__.py"]


def test_few_files_lie_flat():
    assert len(list((LIB / "wherry").glob("*.py"))) <= FLAT_MAX


PLANTED = (
    ("rows/frame.py", "def f():\n    from wherry.rows import reader\n    return reader", circle),
    ("rows/mask.py", "def f():\n    from wherry.queue import queue\n    return queue", upward),
    ("uplinks/here/oauth.py", "from wherry.uplinks.harbor import answer", across_uplinks),
)


@pytest.mark.parametrize(("file", "line", "find"), PLANTED)
def test_a_planted_import_is_found(tmp_path, file, line, find):
    shutil.copytree(LIB, tmp_path / "lib")
    path = tmp_path / "lib" / "wherry" / file
    path.write_text(path.read_text() + f"\n{line}\n")
    assert find(imports(tmp_path / "lib"))
