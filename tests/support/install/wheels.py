"""A wheel of the project, installed in a folder."""

import os
import shutil
import subprocess
import sys

import pytest
from support.places import ROOT

PARTS = ("lib", "tools", "boards", "firmware")
FILES = ("pyproject.toml", "README.md", "LICENSE")
# Files that are neither a module nor data of the program.
LEFT_OUT = {"__pycache__"}


def run(folder, *arguments, path=""):
    """Return Python's output in a folder; `path` is the first entry of its module path."""
    done = finished(folder, *arguments, path=path)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def finished(folder, *arguments, path=""):
    """Run Python as `run` does, and return the finished process."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return (wheel, folder in which it was installed)."""
    top = tmp_path_factory.mktemp("wheel")
    sources = top / "sources"
    for part in PARTS:
        shutil.copytree(ROOT / part, sources / part, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for name in FILES:
        shutil.copy(ROOT / name, sources)
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    run(top, *pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", top, sources)
    (wheel,) = top.glob("*.whl")
    run(top, *pip, "install", "--no-deps", "--no-index", "--target", top / "site", wheel)
    return wheel, top / "site"
