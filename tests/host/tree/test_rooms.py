"""The folders of lib/wherry and of the desktop tools: their imports, anywhere in a file."""

import ast
import shutil

import pytest
from support.places import ROOT

LIB, TOOLS, TESTS = ROOT / "lib", ROOT / "tools", ROOT / "tests"
# Each may import the ones above it, and its own files; an uplink's folder must not import another
# uplink's.
LIB_LAYERS = (
    ("wherry",), ("small_file", "reading", "channels", "text"),
    ("rows", "health_channels"),
    ("http", "net", "scans", "time", "stage", "queue"), ("power", "ring", "health", "sampling"),
    ("sending", "sensors"), ("orders", "config"), ("uplinks",), ("ready",),
    ("delivery",), ("node",),
)  # fmt: skip
TOOLS_LAYERS = (
    ("errors", "places", "formulas", "stopping", "console_text", "private",
     "reading_text", "svg", "systems", "value_faults"), ("temporary",),
    ("clock", "partitions", "adapter", "energy"), ("compile", "config", "server"), ("virtual",),
    ("install", "account"), ("owner", "page", "demo"), ("cli",),
)  # fmt: skip
FLAT_MAX = 16
# Only for MicroPython: a virtual board's modules, and stubs for the linter.
_OTHER_PROGRAMS = ("shim", "stubs")


def _sources(folder):
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if not set(_OTHER_PROGRAMS) & set(path.relative_to(folder).parts)
    ]


def imports(folder):
    """Return {module: wherry's modules that it imports}, by their dotted names."""
    paths = {
        path.relative_to(folder).with_suffix("").as_posix().replace("/", "."): path
        for path in _sources(folder)
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
    """Return the names of modules that import each other in a circle, or []."""
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
    """Return the folder of a module, or its own name at the top level."""
    return name.split(".")[1] if "." in name else name


def upward(graph, layers=LIB_LAYERS):
    """Return (module, imported module) of each import of a folder not above its own."""
    height = {each: i for i, layer in enumerate(layers) for each in layer}
    return [
        (name, other)
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if room(name) != room(other) and height[room(name)] <= height[room(other)]
    ]


def upward_in_tools(graph):
    """Return the same for the folders of tools/wherry_host."""
    return upward(graph, TOOLS_LAYERS)


def across_uplinks(graph):
    """Return (module, imported module) where an uplink's folder imports another uplink's."""
    inside = [name for name in graph if name.count(".") == 3]
    return [
        (name, other)
        for name in inside
        for other in graph[name]
        if other.startswith("wherry.uplinks.")
        and other.count(".") == 3
        and other.split(".")[2] != name.split(".")[2]
    ]


def texts(folder):
    """Return the file of each call that imports a module named by a string."""
    return [
        path.relative_to(folder).as_posix()
        for path in _sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("__import__", "import_module")
    ]


def test_nothing_is_imported_in_a_circle_or_upward():
    graph = imports(LIB)
    assert circle(graph) == [] and upward(graph) == [] and across_uplinks(graph) == []


def test_nothing_on_the_desktop_is_imported_in_a_circle_or_upward():
    graph = imports(TOOLS)
    assert len(graph) > 150
    assert circle(graph) == [] and upward_in_tools(graph) == []


def test_no_test_imports_another_one():
    assert circle(imports(TESTS)) == []
    paths = {path.stem: path for path in TESTS.rglob("test_*.py")}
    assert len(paths) > 300
    assert {name: found for name in paths if (found := _imported(paths[name], paths))} == {}


def test_strings_name_drivers_and_dialects_in_one_place_only():
    assert texts(LIB) == ["wherry/__init__.py"]
    assert texts(TOOLS / "wherry_host") == [
        "compile/slot_modules.py", "config/drivers.py", "server/dialects/__init__.py",
        "virtual/devices/__init__.py",
    ]  # fmt: skip


def test_few_files_are_outside_folders():
    assert len(list((LIB / "wherry").glob("*.py"))) <= FLAT_MAX


_HOST = "tools/wherry_host/"
PLANTED = (
    ("lib/wherry/rows/frame.py", "def f():\n    from wherry.rows import reader", circle),
    ("lib/wherry/rows/mask.py", "def f():\n    from wherry.queue import queue", upward),
    ("lib/wherry/uplinks/here/oauth.py", "import wherry.uplinks.harbor.answer", across_uplinks),
    (
        _HOST + "server/service.py",
        "from wherry_host.page.serve import Page",
        upward_in_tools,
    ),
    (_HOST + "owner/audit.py", "import wherry_host.cli.audit", upward_in_tools),
    (_HOST + "server/dialect.py", "from wherry_host.server.dialects import tables", circle),
)


@pytest.mark.parametrize(("file", "line", "find"), PLANTED)
def test_a_planted_import_is_found(tmp_path, file, line, find):
    top = file.split("/")[0]
    shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / file
    path.write_text(path.read_text() + f"\n{line}\n")
    assert find(imports(tmp_path / top))
