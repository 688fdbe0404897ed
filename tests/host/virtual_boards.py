"""What the tests of the virtual board share: a small board with a program on it."""

from contextlib import suppress
from pathlib import Path

from wherry_host.clock import VirtualClock
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

FLASH_SIZE = 256 << 10


def board_with(folder, program, scale=None, **options):
    """Return a board, not started yet, whose main.py is `program`."""
    clock_file = None
    if scale:
        clock_file = folder / "clock"
        VirtualClock.create(clock_file, scale)
    options = {"flash_size": FLASH_SIZE, "boot_ms": 20, **options}
    board = VirtualBoard(folder / "board", clock_file, **options)
    put(board, "main.py", program)
    return board


def put(board, name, content):
    """Write a file into the image of a board that is off."""
    with Image(board.flash) as image:
        image.write(name, content)


def processes_of(folder):
    """Return the ids of the processes that serve a board in this folder: supervisor and program.

    A port's name cannot tell: it goes to the next pty that anybody opens.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if b"wherry_host.virtual.supervisor" in words and str(folder).encode() in words:
                found.append(int(entry.parent.name))
    return found


def printed(folder, program, scale=None, timeout_s=30, **options):
    """Run a program to its end, and return the lines it printed."""
    with board_with(folder, program + "\nprint('end')\n", scale, **options) as board:
        board.wait_line("^end$", timeout_s)
        lines = [text for _, text in board.lines]
    return lines[: lines.index("end")]
