"""Read the boards: one TOML file for each board in boards/, or a user's own file; data only.

A board names its chip, its image and its buses. It may have a battery divider, an LED, a size of
the ring for readings, `wlog_size`, and other uses of pins. The pins are the chip's pins, see
chips.py. The firmware gets the part that it needs as board.json.
"""

import tomllib
from pathlib import Path

from wherry_host.config.board_faults import board_faults
from wherry_host.errors import BoardError
from wherry_host.places import BOARDS

_SUFFIX = ".toml"
# The plain virtual board; the names of the other virtual boards begin with this name.
VIRTUAL = "virtual"

# The firmware does not use these keys.
_HOST_ONLY = ("image", "flash_offset", "flash_size", "sleep_current_ua", "dropout_mv", "used")


def names():
    """Return the names of all boards, sorted."""
    return sorted(path.stem for path in BOARDS.glob(f"*{_SUFFIX}"))


def is_file(name):
    """Return True if a board's name is the path of a user's own file."""
    return name.endswith(_SUFFIX)


def text_of(name, folder=BOARDS):
    """Return the text of the board's file, or raise BoardError.

    `name` is a name in `folder`, or the path of a user's own file, which ends in ".toml".
    """
    known = sorted(path.stem for path in folder.glob(f"*{_SUFFIX}"))
    if not is_file(name) and name not in known:
        raise BoardError(
            f'there is no board "{name}"; the boards are: {", ".join(known)}; or give the path of'
            f" your own file, such as my_board{_SUFFIX}"
        )
    path = Path(name) if is_file(name) else folder / f"{name}{_SUFFIX}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BoardError(
            f"{name}: {error.strerror}; `wherry boards esp32_generic > {path.name}` makes one to"
            " edit"
        ) from None
    try:
        # `>` of Windows PowerShell writes UTF-16.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BoardError(f"{name}: not UTF-8; save it as UTF-8") from None


def load(name, folder=BOARDS):
    """Return the board's checked dictionary, or raise BoardError; `name` is as for `text_of`."""
    place = name if is_file(name) else f"{name}{_SUFFIX}"
    try:
        board = tomllib.loads(text_of(name, folder))
    except tomllib.TOMLDecodeError as error:
        raise BoardError(f"{place}: no TOML: {error}; correct this line") from None
    faults = board_faults(board)
    if faults:
        raise BoardError("\n".join(f"{place}: {fault}" for fault in faults))
    return board


def virtual_flash(name):
    """Return the sizes of a virtual board's flash for its Options. Raises BoardError."""
    known = [each for each in names() if each.startswith(VIRTUAL)]
    if name not in known:
        raise BoardError(f'"{name}" is not a virtual board; known: {", ".join(known)}')
    board = load(name)
    return {"flash_size": board["filesystem_size"], "wlog_size": board.get("wlog_size", 0)}


def for_device(board, buses=None):
    """Return the dictionary for board.json, with only the named buses to save heap."""
    data = {key: value for key, value in board.items() if key not in _HOST_ONLY}
    if buses is not None and "buses" in data:
        data["buses"] = {name: bus for name, bus in data["buses"].items() if name in buses}
    return data


def has_bluetooth(board):
    """Return True if the board's chip has Bluetooth LE."""
    return board["chip"] != "esp32s2"


def is_uart(bus):
    """Return True if a bus of a board is a UART, not an I2C bus."""
    return "uart" in bus
