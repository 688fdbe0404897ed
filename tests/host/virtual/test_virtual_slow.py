"""The virtual board at a chip's speed: its flash, and its serial port."""

import time

from mpremote.transport_serial import SerialTransport
from support.boards.virtual_boards import board_with, printed, put
from wherry_host.virtual.pace import Pace

FLASH = """
import time
from esp32 import Partition
wlog = Partition.find(Partition.TYPE_DATA, label="wlog")[0]
buf = bytearray(32)

def reads():
    for _ in range(4000):
        wlog.readblocks(1, buf, 0)

def erases():
    for _ in range(10):
        wlog.ioctl(6, 1)

def ms(action):
    begin = time.ticks_us()
    action()
    return time.ticks_diff(time.ticks_us(), begin) // 1000

print(ms(reads), ms(erases))
"""


def test_a_slow_flash_takes_75_us_a_read_and_45_ms_an_erase(tmp_path):
    lines = printed(tmp_path, FLASH, wlog_size=0x10000, slow_flash=True)
    reads_ms, erases_ms = (int(number) for number in lines[-1].split())
    # Short delays are added up into pauses; one pause for each read would take 80 s.
    assert 280 <= reads_ms < 3000 and 430 <= erases_ms < 4000


class OneToOne:
    """A clock that a test moves."""

    scale = 1

    def __init__(self):
        self.us = 0

    def now_us(self):
        return self.us


def test_the_pace_is_the_speed_of_the_serial_line():
    clock = OneToOne()
    pace = Pace(clock)
    passed = 0
    for _ in range(1000):
        clock.us += 1000
        room = pace.room()
        pace.take(room)
        passed += room
    assert 11_500 < passed <= 11_520
    clock.us += 60_000_000
    assert pace.room() == 256, "a pause gives no more than a FIFO takes"


ECHO = """
import machine, time
text = "x" * 99
while True:
    for _ in range(50):
        print(text)
    machine.idle()
"""


def test_output_is_no_faster_than_the_serial_line(tmp_path):
    with board_with(tmp_path, ECHO, paced_serial=True) as board:
        board.wait_line("xxx")
        first, begin_us = len(board.lines), board.clock.now_us()
        time.sleep(2)
        count, passed_us = len(board.lines) - first, board.clock.now_us() - begin_us
    assert 20 < count <= (passed_us + 200_000) * 11_520 / 1e6 / 101


def test_mpremote_types_at_the_pace_and_nothing_is_lost(tmp_path):
    data = bytes(range(256)) * 40
    with board_with(tmp_path, "print('here')", paced_serial=True) as board:
        board.wait_line("here")
        transport = SerialTransport(board.port)
        transport.enter_raw_repl()
        begin_us = board.clock.now_us()
        transport.exec(f"data = {data!r}")
        typed_us = board.clock.now_us() - begin_us
        assert transport.eval("data") == data
        both_us = board.clock.now_us() - begin_us
        transport.close()
    size = len(repr(data))
    # The content of the terminals' buffers is added immediately.
    assert typed_us > (size - 8192) / 11_520 * 1e6 and both_us > 2 * (size - 8192) / 11_520 * 1e6


BUSY = """
count = 0
while True:
    with open("big", "rb") as file:
        while file.read(4096):
            pass
    count += 1
    if count == 1:
        print("busy")
"""


def test_ctrl_c_leaves_the_filesystem_whole_on_a_slow_flash(tmp_path):
    board = board_with(tmp_path, BUSY, slow_flash=True)
    put(board, "big", bytes(20_000))
    with board:
        board.wait_line("busy")
        transport = SerialTransport(board.port)
        transport.serial.write(b"\x03")
        board.wait_line("KeyboardInterrupt", 60)
        transport.enter_raw_repl(soft_reset=False)
        assert transport.eval("len(open('big', 'rb').read())") == 20_000
        transport.close()
