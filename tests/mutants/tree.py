"""A copy of the tree to plant faults in, with an environment whose `wherry` is the copy."""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDERS = ("boards", "examples", "firmware", "lib", "tests", "tools")
_FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile")
_TREES = 2
_MEMORY = Path("/dev/shm")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "browser", "clients")


@contextlib.contextmanager
def trees_in_memory():
    """Make trees for two processors, in memory if that is a folder, and remove them."""
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="wherry-mutants-", dir=place) as folder:
        yield [Tree(Path(folder) / str(i)) for i in range(_TREES)]


class Tree:
    """A copy in a folder; `python` is the interpreter of its environment."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.python = self.folder / ".venv" / "bin" / "python"
        for name in _FOLDERS:
            left_out = _LEFT_OUT if name == "tests" else shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, self.folder / name, ignore=left_out)
        for name in _FILES:
            shutil.copy(ROOT / name, self.folder / name)
        self._make_environment()
        # Compiled modules are identified by the second of their source: each change gets its own.
        self._second = 1_000_000_000

    def write(self, path, text):
        """Write a source."""
        place = self.folder / path
        place.write_text(text, "utf-8")
        self._second += 1
        os.utime(place, (self._second, self._second))

    def _make_environment(self):
        """Link the installed packages, except wherry itself, whose paths become the copy's."""
        there, here = Path(sys.prefix), self.folder / ".venv"
        (here / "bin").mkdir(parents=True)
        shutil.copy(there / "pyvenv.cfg", here)
        for path in (there / "bin").iterdir():
            target = here / "bin" / path.name
            if path.name.startswith("python"):
                target.symlink_to(path.resolve())
            elif path.is_file():
                self._copy(path, target, there, here)
        packages = _packages(there)
        own = here / packages.relative_to(there)
        own.mkdir(parents=True)
        for path in packages.iterdir():
            if path.name.startswith("__editable__"):
                self._copy(path, own / path.name, ROOT, self.folder)
            elif path.name != "__pycache__":
                (own / path.name).symlink_to(path)

    @staticmethod
    def _copy(path, target, was, becomes):
        if path.read_bytes()[:4] == b"\x7fELF":
            target.symlink_to(path)
            return
        target.write_bytes(path.read_bytes().replace(f"{was}/".encode(), f"{becomes}/".encode()))
        target.chmod(0o755)


def _packages(prefix):
    return prefix / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
