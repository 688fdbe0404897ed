"""Unmodified packages in wheels, imported temporarily, with modules of their own platform."""

import builtins
import sys
import zipfile
from contextlib import contextmanager
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.metadata import DistributionFinder, MetadataPathFinder
from pathlib import Path

WHEELS = Path(__file__).parents[2] / "build" / "drivers"


def unpacked(name, folder):
    """Return a folder with the content of a package's wheel."""
    target = folder / name
    if not target.exists():
        wheels = WHEELS.glob("*.whl")
        found = [each for each in wheels if _plain(each.name.split("-")[0]) == _plain(name)]
        if len(found) != 1:
            raise LookupError(f"{WHEELS} has {len(found)} wheels of {name}")
        with zipfile.ZipFile(found[0]) as wheel:
            wheel.extractall(target)
    return target


def _plain(name):
    return name.lower().replace("-", "_").replace(".", "_")


class _Loader(SourceFileLoader):
    """Runs a module in which `imported` is the function that imports."""

    def __init__(self, name, path, imported):
        super().__init__(name, path)
        self._imported = imported

    def exec_module(self, module):
        module.__builtins__ = {**vars(builtins), "__import__": self._imported}
        super().exec_module(module)


class _Finder:
    """Finds modules in some folders only; `names` has those that were found."""

    def __init__(self, folders, platform):
        self._folders = [str(folder) for folder in folders]
        self._platform = platform
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        spec = PathFinder.find_spec(name, self._folders if path is None else path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        if not str(spec.origin).startswith(tuple(self._folders)):
            return None
        self.names.add(name)
        spec.loader = _Loader(name, spec.origin, self._imported)
        return spec

    def find_distributions(self, context):
        """Return the distributions in the folders."""
        return MetadataPathFinder.find_distributions(
            DistributionFinder.Context(name=context.name, path=self._folders)
        )

    def _imported(self, name, globals=None, locals=None, fromlist=(), level=0):
        known = None if level else self._platform.get(name.partition(".")[0])
        return known or builtins.__import__(name, globals, locals, fromlist, level)


@contextmanager
def importable(folders, platform):
    """Make the modules in some folders importable; they are forgotten afterwards.

    They import modules of `platform`, {name: module}, in place of others of the same name.
    """
    finder = _Finder(folders, platform)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in finder.names:
            sys.modules.pop(name, None)
