"""Paths of the device's files: inside this package in a wheel, next to it in a checkout."""

from pathlib import Path

import wherry

_HERE = Path(__file__).parent


def _folder(name):
    for parent in (_HERE, _HERE.parents[1]):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(
        f"{name}/ is neither in {_HERE} nor in {_HERE.parents[1]}: reinstall wherry"
    )


FIRMWARE = _folder("firmware")
BOARDS = _folder("boards")
LIB = Path(wherry.__file__).parent
# The virtual board's versions of the chip's modules.
SHIMS = _HERE / "virtual" / "shim"
