"""The virtual board reports the size of a program's heap as on a chip."""

import itertools
import re
import socket

from support.boards.tls_client import client_board, leaf_of, listens, shakes_hands
from support.boards.virtual_boards import printed, put, served
from wherry_host.server.certs import Authority

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


def test_the_heap_of_a_given_size_excludes_the_meter(tmp_path):
    program = "import sys\nprint('_heap' in sys.modules)"
    assert printed(tmp_path, program, heap_size=400 << 10) == ["False"]


STEPS = """
import gc
i2c = machine.I2C(0, scl=22, sda=21)
i2c.readfrom_mem(0x76, 0xD0, 1)
i2c.readfrom_mem(0x76, 0xD0, 1)
import large
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"asks", ("10.0.0.1", 53))
s = opened({port})
t, poller = stepwise(s)
t.write(b"more")
poller.modify(t, select.POLLIN)
while not t.read(100): poller.poll(100)
t.read(100)
t = poller = large = None
del sys.modules["large"]
time.sleep_ms(100)
time.sleep_ms(500)
i2c.readfrom_mem(0x76, 0xD0, 1)
time.sleep_ms(500)
"""
LARGE_SIZE = 30_000


def echoes(secured):
    while received := secured.recv(4096):
        secured.sendall(received)


def test_steps_are_reported_with_the_heap_and_the_modules(tmp_path):
    authority = Authority()
    with served(socket.SOCK_STREAM, shakes_hands(tmp_path, leaf_of(authority), echoes)) as port:
        program = "import sys\n" + STEPS.format(port=port)
        board = client_board(tmp_path, authority, program, heap_steps=True)
        put(board, "large.py", f"content = bytearray({LARGE_SIZE})\n")
        with board:
            board.wait_line("^end$")
            steps = [event for event in board.events if event["event"] == "heap"]
    names = [step["what"] for step in steps]
    assert [name for name, _ in itertools.groupby(names)] == [
        "join", "sensor", "look-up", "handshake", "request", "answer", "rest", "sensor", "rest",
    ]  # fmt: skip
    # Two pieces, and in TLS 1.3 the end of the handshake, which is encrypted like data.
    assert names.count("request") in (2, 3)
    has_large = ["large" in step["modules"] for step in steps]
    assert has_large == [name not in ("join", "sensor", "rest") for name in names]
    kept = {step["what"]: step["kept_size"] for step in steps}
    assert LARGE_SIZE < kept["look-up"] - steps[1]["kept_size"] < LARGE_SIZE + 2_000
    assert kept["look-up"] < kept["handshake"] <= kept["request"]
    assert kept["answer"] - kept["rest"] > LARGE_SIZE
