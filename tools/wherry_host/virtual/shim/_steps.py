"""Report a program's imports and file operations to the supervisor, with the flash's counts.

It is loaded only for measurements, because each step calls the supervisor and allocates. The steps
are "mount", once; "import" and "imported" around each import of a module that is not yet loaded;
"open" before a file is opened; "did" after each file operation, with its name and path; "i2c" at
the first transfer; "size" of each imported file in bytes, right before a deep sleep.
"""

import builtins
import io
import os

import machine
from _board import call, flash
from usys import modules

_import = builtins.__import__
_open = builtins.open
_deepsleep = machine.deepsleep
_files = []
# The imports in progress; the interpreter reads, in C, the files that they open in a slot.
_depth = 0


def _step(what, name=""):
    call(b"F" + what + b" " + name.encode())


def _do(action, name, path, *rest):
    try:
        return action(*rest)
    finally:
        _step(b"did", "%s %s" % (name, path))


class _File(io.IOBase):
    def __init__(self, path, file):
        self._path = path
        self._file = file

    def __getattr__(self, name):
        action = getattr(self._file, name)
        return lambda *rest: _do(action, name, self._path, *rest)

    def readinto(self, *rest):
        return _do(self._file.readinto, "readinto", self._path, *rest)

    def write(self, *rest):
        return _do(self._file.write, "write", self._path, *rest)

    def close(self):
        _do(self._file.close, "close", self._path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Os:
    def __getattr__(self, name):
        action = getattr(os, name)
        if not callable(action):
            return action
        return lambda *rest: _do(action, name, str(rest[0]) if rest else "", *rest)


_os = _Os()


def _imports(name, *rest):
    if name in modules:
        return _import(name, *rest)
    global _depth
    reads = flash[0]
    _step(b"import", name)
    _depth += 1
    try:
        module = _import(name, *rest)
    finally:
        _depth -= 1
        # This is reported even if the module is missing.
        _step(b"imported", name)
    if flash[0] > reads and name in modules:
        path = getattr(modules[name], "__file__", None)
        if path:
            _files.append(path)
    return _os if module is os else module


def _opens(path, *rest, **options):
    if _depth:
        return _open(path, *rest, **options)
    _step(b"open", str(path))
    file = _open(path, *rest, **options)
    _step(b"did", "open " + str(path))
    return _File(path, file)


def _calls(request):
    if request[:1] == b"I":
        machine.call = call
        _step(b"i2c")
    return call(request)


def _sleeps(ms=None):
    counts = flash[0], flash[1]
    for path in _files:
        _step(b"size", "%d %s" % (os.stat(path)[6], path))
    flash[0], flash[1] = counts
    _deepsleep(ms)


builtins.__import__ = _imports
builtins.open = _opens
machine.call = _calls
machine.deepsleep = _sleeps
_step(b"mount")
