"""Choose the board at a port: the named board, if the chip is right, or the reported one."""

import re

from wherry_host.config import boards
from wherry_host.errors import DeployError

# MICROPY_HW_MCU_NAME of MicroPython, at the end of sys.implementation._machine: "ESP32",
# "ESP32-S3", "ESP32-PICO-D4".
_MCU = re.compile(r"with ESP32(?:-?([SCHP]\d+))?")
# A virtual board runs the desktop's MicroPython.
_DESKTOP = "linux"
_NAMED = "name it with --board, or with `board` in [node]"


def board_at(target, name, show):
    """Return the name of the board at an open PortTarget; `show` prints how the board was found.

    `name` is the user's choice, or None. Raises DeployError if the board's chip is not the named
    board's, or if none of wherry's boards fits.
    """
    found = boards_at(target, name)
    # The name of a virtual board is certain.
    if name is None and not found[0].startswith(boards.VIRTUAL):
        show(reported(found))
    return found[0]


def boards_at(target, name):
    """Return the boards that fit the one at an open PortTarget, the generic one first.

    It takes the arguments of `board_at` and raises the same errors.
    """
    build, machine = target.identity()
    chip = chip_of(machine)
    if chip is None and not machine.startswith(_DESKTOP):
        raise DeployError(f'the board is not an ESP32: it is "{machine}"')
    if name is not None:
        _check_chip(name, chip)
        return [name]
    has_ring = target.ring_size() > 0
    if chip is None:
        return [boards.VIRTUAL + ("_ring" if has_ring else "")]
    found = fitting(build, chip, has_ring)
    if not found:
        raise DeployError(f'wherry has no board that fits "{machine}"; {_NAMED}')
    return found


def chip_of(machine):
    """Return the chip in sys.implementation._machine as board files name it, None if unknown."""
    mcu = _MCU.search(machine)
    return mcu and "esp32" + (mcu[1] or "").lower()


def fitting(build, chip, has_ring):
    """Return the boards for an image, or otherwise for a chip, the generic board first.

    `build` is sys.implementation._build, which MicroPython has since 1.25; it is the start of an
    image file's name.
    """
    known = {name: boards.load(name) for name in boards.names()}
    known = {name: board for name, board in known.items() if ("wlog_size" in board) == has_ring}
    generic = "_".join(["ESP32_GENERIC", *filter(None, [chip.removeprefix("esp32").upper()])])
    for image in filter(None, (build, generic)):
        found = [name for name, board in known.items() if board["image"].startswith(image + "-<")]
        if found:
            return sorted(found, key=lambda name: ("generic" not in name, name))
    return []


def reported(found):
    """Return the line that reports the first of several fitting boards."""
    first, *others = found
    if not others:
        return f"Board: {first}."
    return f"Board: {first}; if it is {' or '.join(others)}, {_NAMED}."


def _check_chip(name, chip):
    wanted = boards.load(name)["chip"]
    # A virtual board does not name a chip.
    if chip and chip != wanted:
        raise DeployError(f"the board has the chip {chip}, and {name} has {wanted}; {_NAMED}")
