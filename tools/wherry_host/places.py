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
# In a list of folders they come before FIRMWARE: MicroPython would import `board` as a package.
FIRMWARE_ROOMS = FIRMWARE / "board", FIRMWARE / "boot", FIRMWARE / "net"
LOADER = FIRMWARE / "boot" / "loader.py"
BOARDS = _folder("boards")
LIB = Path(wherry.__file__).parent
# The virtual board's versions of the chip's modules.
SHIMS = _HERE / "virtual" / "shim"


def firmware_sources(folder=FIRMWARE):
    """Return {module: file} of the device code: its rooms are only folders, a slot has none.

    boot/loader.py is not a module but the board's /main.py.
    """
    found = {path.stem: path for path in sorted(folder.rglob("*.py"))}
    del found["loader"]
    return found
