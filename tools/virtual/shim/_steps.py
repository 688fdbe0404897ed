"""Tells the supervisor what a program imports and opens, with the flash's counts at that moment.

Loaded for measurements only, for each step asks the supervisor, and allocates. The steps of a
wake: "mount" once; "import" and "imported" around each import that is not there yet; "open" of a
file; "i2c" at the first transfer; "size" of each module's file in bytes, right before a deep
sleep. What is read after a step belongs to it.
"""

import builtins
import os

import machine
from _board import call, page
from usys import modules

_import = builtins.__import__
_open = builtins.open
_deepsleep = machine.deepsleep
_files = []


def _step(what, name=""):
    call(b"F" + what + b" " + name.encode())


def _imports(name, *rest):
    if name in modules:
        return _import(name, *rest)
    reads = page.flash_reads
    _step(b"import", name)
    module = _import(name, *rest)
    _step(b"imported", name)
    if page.flash_reads > reads and name in modules:
        path = getattr(modules[name], "__file__", None)
        if path and path not in _files:
            _files.append(path)
    return module


def _opens(path, *rest, **options):
    _step(b"open", str(path))
    return _open(path, *rest, **options)


def _calls(request):
    if request[:1] == b"I":
        machine.call = call
        _step(b"i2c")
    return call(request)


def _sleeps(ms=None):
    counts = page.flash_reads, page.flash_read_bytes
    for path in _files:
        _step(b"size", "%d %s" % (os.stat(path)[6], path))
    page.flash_reads, page.flash_read_bytes = counts
    _deepsleep(ms)


builtins.__import__ = _imports
builtins.open = _opens
machine.call = _calls
machine.deepsleep = _sleeps
_step(b"mount")
