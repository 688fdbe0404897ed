"""The allowed imports: lib uses no chip and no clock; server and judge import nothing from it."""

import ast
import shutil
import subprocess
import sys

from support.places import ROOT

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


PLANTED = (
    ("lib/wherry", "import time", FORBIDDEN_IN_LIB, "time"),
    ("lib/wherry", "def f():\n    from socket import socket", FORBIDDEN_IN_LIB, "socket"),
    ("lib/wherry", "import os, machine as m", FORBIDDEN_IN_LIB, "machine"),
    ("lib/wherry", "n = __import__('network')", FORBIDDEN_IN_LIB, "network"),
    (
        "tools/wherry_host/server",
        "from wherry.http.response import split_url",
        FORBIDDEN_IN_SERVER,
        "wherry",
    ),
    ("tools/wherry_host/server", "import wherry.queue.queue", FORBIDDEN_IN_SERVER, "wherry"),
    ("tools/wherry_host/account", "from wherry.rows import frame", FORBIDDEN_IN_JUDGE, "wherry"),
)


def test_a_planted_import_is_found(tmp_path):
    for i, (folder, line, forbidden, name) in enumerate(PLANTED):
        copy = tmp_path / str(i)
        shutil.copytree(ROOT / folder, copy)
        victim = sorted(copy.rglob("*.py"))[-1]
        victim.write_text(victim.read_text() + f"\n{line}\n")
        assert breaches(copy, forbidden) == [(victim.name, name)], line
