"""Shared parts of the virtual board's tests: a small board with a program, and servers."""

import socket
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

from wherry_host.clock import VirtualClock
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

FLASH_SIZE = 256 << 10
# The head of a program that joins Wi-Fi.
JOIN = """
import network, time, socket, select, machine
from errno import EHOSTUNREACH, EINPROGRESS, ENOTCONN, ETIMEDOUT
wlan = network.WLAN(network.WLAN.IF_STA)
def join():
    wlan.active(True)
    wlan.config(reconnects=0)
    wlan.ifconfig(("192.168.4.23", "255.255.255.0", "192.168.4.1", "192.168.4.1"))
    wlan.connect("harbor-wifi", "correct horse")
    while not wlan.isconnected(): time.sleep_ms(5)
def ended(status):
    while wlan.status() == status: time.sleep_ms(5)
    print(wlan.status())
def took(start, ms): return ms <= time.ticks_diff(time.ticks_ms(), start) < ms + 9000
def code(function, *arguments):
    try:
        return function(*arguments)
    except (OSError, RuntimeError) as error:
        return error.errno if len(error.args) == 1 and isinstance(error.args[0], int) else error
"""


def board_with(folder, program, scale=None, **options):
    """Return a board, not yet started, whose main.py is `program`."""
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

    A port's name is not enough: the next pty that is opened may get it.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if b"wherry_host.virtual.supervisor" in words and str(folder).encode() in words:
                found.append(int(entry.parent.name))
    return found


def printed(folder, program, scale=None, timeout_s=30, **options):
    """Run a program to its end, and return its output lines."""
    with board_with(folder, program + "\nprint('end')\n", scale, **options) as board:
        board.wait_line("^end$", timeout_s)
        lines = [text for _, text in board.lines]
    return lines[: lines.index("end")]


@contextmanager
def served(kind, serve):
    """Run `serve(socket)` in a thread on a free loopback port; yield the port."""
    with socket.socket(type=kind) as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            listener.listen()
        thread = threading.Thread(target=_until_closed, args=(serve, listener), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR) if kind == socket.SOCK_STREAM else None


def _until_closed(serve, listener):
    try:
        serve(listener)
    except OSError:
        return
