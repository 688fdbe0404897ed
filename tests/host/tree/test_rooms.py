"""Imports, anywhere in a file: those between folders, and those that lib and the server lack."""

import ast
import subprocess
import sys

from support.places import ROOT

LIB, TOOLS, TESTS = ROOT / "lib", ROOT / "tools", ROOT / "tests"
# Each may import the ones above it, and its own files; an uplink's folder must not import another
# uplink's.
LIB_LAYERS = (
    ("wherry",), ("small_file", "reading", "channels", "text"),
    ("rows", "health_channels"),
    ("http", "net", "scans", "stage", "queue"), ("time",),
    ("time_sources", "power", "ring", "health", "sampling"),
    ("sending", "sensors"), ("orders", "config"), ("uplinks",), ("ready",),
    ("delivery",), ("node",),
)  # fmt: skip
TOOLS_LAYERS = (
    ("errors", "places", "formulas", "stopping", "console_text", "private",
     "reading_text", "svg", "systems", "value_faults"), ("temporary",),
    ("clock", "partitions", "adapter", "energy"), ("compile", "config", "server"), ("virtual",),
    ("install", "account"), ("owner", "page", "demo", "year"), ("cli",),
)  # fmt: skip
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
    assert circle(graph) == [] and upward(graph, TOOLS_LAYERS) == []


def test_each_test_file_has_its_own_name():
    names = [path.stem for path in TESTS.rglob("test_*.py")]
    assert len(names) > 150 and len(names) == len(set(names))


def test_no_test_imports_another_one():
    assert circle(imports(TESTS)) == []
    paths = {path.stem: path for path in TESTS.rglob("test_*.py")}
    assert {name: found for name in paths if (found := _imported(paths[name], paths))} == {}


def test_strings_name_drivers_and_dialects_in_one_place_only():
    assert texts(LIB) == ["wherry/__init__.py"]
    assert texts(TOOLS / "wherry_host") == [
        "compile/dialects.py", "config/drivers.py", "server/dialects/__init__.py",
        "virtual/devices/__init__.py",
    ]  # fmt: skip


def test_a_wrong_import_is_found():
    graph = {"wherry.queue.a": {"wherry.ring.b"}, "wherry.ring.b": set()}
    assert upward(graph) == [("wherry.queue.a", "wherry.ring.b")] and circle(graph) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c"]
    here, harbor = "wherry.uplinks.here.oauth", "wherry.uplinks.harbor.answer"
    assert across_uplinks({here: {harbor}, harbor: set()}) == [(here, harbor)]


# `ssl` and `tls` are one module under two names; the u-names are MicroPython's old names.
FORBIDDEN_IN_LIB = {
    "machine", "network", "esp32", "esp", "socket", "ssl", "tls", "time", "asyncio", "select",
    "umachine", "usocket", "ussl", "utime", "uasyncio", "wherry_host",
}  # fmt: skip
_IMPORTERS = ("__import__", "import_module")
FORBIDDEN_IN_SERVER = {"wherry"}
FORBIDDEN_IN_JUDGE = {"wherry"}


def imported(path):
    """Return the names of the top-level modules that a file imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in _IMPORTERS:
            names |= _texts(node.args[0])
    return {name.partition(".")[0] for name in names}


def _texts(argument):
    """Return the constant strings in an expression: `"wherry.x." + name` imports from wherry."""
    found = {node.value for node in ast.walk(argument) if isinstance(node, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def breaches(folder, forbidden):
    """Return (file, module) of each forbidden import below a folder."""
    files = sorted(folder.rglob("*.py"))
    assert files, folder
    return [(path.name, name) for path in files for name in sorted(imported(path) & forbidden)]


def test_lib_imports_no_chip_no_network_and_no_clock():
    assert breaches(ROOT / "lib" / "wherry", FORBIDDEN_IN_LIB) == []


def test_the_server_imports_nothing_of_wherry():
    assert breaches(ROOT / "tools" / "wherry_host" / "server", FORBIDDEN_IN_SERVER) == []


def test_the_judge_imports_nothing_of_wherry_even_indirectly():
    assert breaches(ROOT / "tools" / "wherry_host" / "account", FORBIDDEN_IN_JUDGE) == []
    program = (
        "import sys, wherry_host.account.account\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'wherry'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done


def test_an_import_is_found_anywhere(tmp_path):
    source = "def f():\n    from socket import socket\n    import os, machine as m\n"
    source += "__import__('wherry.x.' + name)\n"
    (tmp_path / "some.py").write_text(source)
    assert imported(tmp_path / "some.py") == {"socket", "os", "machine", "wherry"}
