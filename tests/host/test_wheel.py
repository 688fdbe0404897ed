"""A wheel is complete: the demo runs from one, away from the sources."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from demo_verdicts import check_honest

ROOT = Path(__file__).parents[2]
PARTS = ("lib", "tools", "boards", "firmware")
FILES = ("pyproject.toml", "README.md", "LICENSE")
# Files that are neither a module nor data of the program.
_LEFT_OUT = {"__pycache__"}


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
        shutil.copytree(ROOT / part, sources / part, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    for name in FILES:
        shutil.copy(ROOT / name, sources)
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    run(top, *pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", top, sources)
    (wheel,) = top.glob("*.whl")
    run(top, *pip, "install", "--no-deps", "--no-index", "--target", top / "site", wheel)
    return wheel, top / "site"


def test_every_file_is_in_the_wheel(installed):
    wheel, _ = installed
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = set()
    for part, prefix in zip(PARTS, ("", "", "wherry_host/", "wherry_host/"), strict=True):
        above = ROOT / part if not prefix else ROOT
        for path in (ROOT / part).rglob("*"):
            if path.is_file() and not _LEFT_OUT & set(path.parts) and ".egg-info" not in str(path):
                wanted.add(prefix + path.relative_to(above).as_posix())
    assert packed == wanted


def test_the_demo_runs_from_a_wheel(installed, tmp_path):
    _, site = installed
    program = "import wherry_host.places as p; print(p.BOARDS, p.FIRMWARE, p.LIB)"
    for place in run(tmp_path, "-c", program, path=site).split():
        assert Path(place).is_relative_to(site)
    options = ("--no-page", "--seconds", "10")
    done = finished(tmp_path, "-m", "wherry_host.cli", "demo", *options, path=site)
    check_honest(done.returncode, done.stdout + done.stderr)
    assert list(tmp_path.iterdir()) == []
