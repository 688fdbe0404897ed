"""Sources of third-party drivers: a PyPI package, or a local file, folder or wheel.

No code in a package is run: only wheels are used, which pip does not have to build.
"""

import hashlib
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

# A package is cached under its SHA-256, so a pinned package needs the network only once.
_CACHE = "wherry/packages"
_TIMEOUT_S = 120
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.+!_-]*")


class SourceError(ValueError):
    """A source that cannot be used; its arguments are (what was seen, the remedy)."""


@dataclass(frozen=True)
class Source:
    """A driver's Python files by path, such as "package/module.py", and their SHA-256."""

    files: dict[str, str]
    sha256: str


def fetched(source, folder, pinned=None):
    """Return the Source of "pypi:name==version" or "path:…"; the path is relative to `folder`.

    `pinned` is its required SHA-256. Raises SourceError.
    """
    kind, _, rest = source.partition(":")
    found = _of_package(rest, pinned) if kind == "pypi" else _of_path(folder / rest)
    if pinned and found.sha256 != pinned:
        raise SourceError("changed since it was pinned", "")
    return found


def _of_path(path):
    try:
        if path.is_dir():
            names = sorted(each.relative_to(path).as_posix() for each in path.rglob("*.py"))
            data = {name: (path / name).read_bytes() for name in names}
            digest = hashlib.sha256()
            for name in names:
                digest.update(f"{name} {hashlib.sha256(data[name]).hexdigest()}\n".encode())
            return Source(_decoded(data), digest.hexdigest())
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            f"{path}: {reason}", "correct the path: a .py, a .whl or a folder"
        ) from None
    if path.suffix == ".whl":
        return _of_wheel(content)
    if path.suffix != ".py":
        raise SourceError(f"{path.name} is not a driver", "give a .py, a .whl or a folder")
    return Source(_decoded({path.name: content}), hashlib.sha256(content).hexdigest())


def _of_wheel(content):
    """Return the Source in the bytes of a wheel, a zip archive (PEP 427)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".py")]
            data = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, OSError, RuntimeError):
        raise SourceError("not a wheel", "give a .whl as a registry has it") from None
    return Source(_decoded(data), hashlib.sha256(content).hexdigest())


def _decoded(data):
    try:
        return {name: content.decode("utf-8-sig") for name, content in data.items()}
    except UnicodeDecodeError:
        raise SourceError("not UTF-8", "save it as UTF-8") from None


def _of_package(name, pinned):
    """Return the Source in a wheel from the registry that pip uses, or from the cache."""
    if not _NAME.fullmatch(name):
        raise SourceError("not a package and its version", 'give "pypi:name==version"')
    if pinned:
        try:
            content = (_cache() / pinned).read_bytes()
            if hashlib.sha256(content).hexdigest() == pinned:
                return _of_wheel(content)
        except OSError:
            pass  # The package was never fetched on this computer.
    content = _downloaded(name)
    found = _of_wheel(content)
    _keep(found.sha256, content)
    return found


def _downloaded(name):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", folder, name]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise SourceError("the registry does not answer", "try again later") from None
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) == 1:
            return wheels[0].read_bytes()
    raise SourceError(*_fault(done.stderr))


def _fault(text):
    """Return (fault, remedy) for the errors in pip's output."""
    errors = [line[7:] for line in text.splitlines() if line.startswith("ERROR: ")]
    if any("No matching distribution" in line for line in errors):
        remedy = "correct name and version, or download its files and give them as path:"
        return "the registry lacks a wheel of this version", remedy
    if "No module named pip" in text:
        return "pip is missing", "install pip, or download the wheel and give it as path:"
    return "pip reports " + (errors[-1] if errors else "nothing"), "try again when it is online"


def _cache():
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / _CACHE


def _keep(sha256, content):
    try:
        _cache().mkdir(parents=True, exist_ok=True)
        (_cache() / sha256).write_bytes(content)
    except OSError:
        pass  # The package is then fetched again.
