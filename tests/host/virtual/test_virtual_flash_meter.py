"""The virtual board counts a wake's operations on its flash, and reports the size of the heap."""

import re
import socket
import subprocess
import time

from support.boards.tls_client import client_board, leaf_of, listens, shakes_hands
from support.boards.virtual_boards import board_with, served
from support.places import BIN
from wherry_host.server.certs import Authority
from wherry_host.virtual.image import Image

STARTS = """
import machine, time
cause = machine.reset_cause()
print("cause", cause)
if cause == 1:
    machine.soft_reset()
if cause == 5:
    with open("new", "w") as file:
        file.write("x" * 5000)
    machine.deepsleep(50)
while True:
    time.sleep(1)
"""


def test_every_wake_begins_at_zero_and_its_end_reports_the_sum(tmp_path):
    board = board_with(tmp_path, STARTS, flash_meter=True)
    with board:
        board.wait_line("cause 4")
        status = board.status()["flash"]
        ends = [event for event in board.events if event["event"] == "sleep"]
        board.kill()
        killed = board.wait_event("reset")["flash"]
        board.wait_line("cause 2")
        board.cut()
        board.wait_event("cut", flash=killed)
        board.cut()
        texts = [text for _, text in board.lines]
        lines = [event for event in board.events if event["event"] == "line"]
    first = ends[0]["flash"]
    # Two blocks of a file, and the folder's log.
    assert len(ends) == 1 and first["erases"] >= 2 and first["programs"] >= 40
    # One start reads for the mount, the missing boot.py, and main.py; the first wake has two
    # starts.
    assert killed == status and 5 < status["reads"] < first["reads"]
    assert (status["programs"], status["program_bytes"], status["erases"]) == (0, 0, 0)
    assert status["read_bytes"] >= 32 * status["reads"]
    reported = [re.fullmatch(METER, text) for text in texts if text.startswith("flash:")]
    numbers = [tuple(map(int, found.groups())) for found in reported if found]
    expected = [
        (each["reads"], each["read_bytes"] // 1000, each["programs"], each["erases"])
        for each in (first, killed, killed)
    ]
    assert numbers == expected
    assert board.console.count(b"\nflash: ") == 3
    assert all(line["flash"]["reads"] > 5 for line in lines)


METER = r"flash: (\d+) reads \((\d+) KB\), (\d+) programs, (\d+) erases"


def test_the_command_shows_it_on_demand(tmp_path):
    command = [BIN / "wherry", "board", "--dir", tmp_path]
    with Image(Image.create(tmp_path / "flash.img", 1 << 20)) as image:
        image.write("main.py", "import machine\nmachine.deepsleep(100)\n")
    process = subprocess.Popen([*command, "--flash-meter"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("mpremote connect")
        log = tmp_path / "console.log"
        end_s = time.monotonic() + 20
        while b"flash" not in log.read_bytes() and time.monotonic() < end_s:
            time.sleep(0.05)
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert re.match(METER, log.read_text())


KEEPS = """
import gc
kept = []
def keep(size):
    kept.append(bytearray(size))
    gc.collect()
def connected(*sizes):
    s = opened({port})
    t, poller = stepwise(s)
    for size in sizes:
        keep(size)
    kept.clear()
    t.close()
    gc.collect()
keep(80_000)
kept.clear()
gc.collect()
connected(45_000)
print("below")
connected(59_000)
connected(59_100)
connected(40_000, 40_000)
keep(99_000)
"""
LINE = r"heap: ([\d.]+) KB \(estimate\): HTTPS may run out of memory on an ESP32"
HOLES_SIZE = 9_800


def reported(lines):
    """Return the sizes in bytes of the lines about the heap."""
    return [float(found[1]) * 1000 for line in lines if (found := re.fullmatch(LINE, line))]


def test_a_heap_that_would_double_during_https_is_reported_when_it_has_grown(tmp_path):
    authority = Authority()
    server = shakes_hands(tmp_path, leaf_of(authority), listens)
    with (
        served(socket.SOCK_STREAM, server) as port,
        client_board(tmp_path, authority, KEEPS.format(port=port)) as board,
    ):
        board.wait_line("^end$")
        lines = [line for _, line in board.lines]
    at = lines.index("below")
    assert reported(lines[:at]) == []
    first, last = reported(lines[at:])
    # Neither a small increase, nor the size before and after a connection.
    program_size = 16_000
    assert 0 < first - 59_000 * 0.69 - HOLES_SIZE < program_size
    assert 0 < last - 80_000 * 0.69 - HOLES_SIZE < program_size
