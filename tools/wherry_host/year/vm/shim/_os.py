"""The chip's `os`: random bytes from the world, which also looks at segments that are removed."""

import uos
from _board import call
from uos import *


def urandom(size):
    return call(b"r" + size.to_bytes(2, "little"))


def _watched(path, change, *paths):
    call(b"F" + path.encode())
    try:
        change(*paths)
    finally:
        call(b"f")


def remove(path):
    if path.startswith("/data/segments"):
        _watched(path, uos.remove, path)
    else:
        uos.remove(path)


def rename(old, new):
    if old.startswith("/data/segments"):
        _watched(old, uos.rename, old, new)
    else:
        uos.rename(old, new)
