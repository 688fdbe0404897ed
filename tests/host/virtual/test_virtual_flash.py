"""The virtual board's flash: partitions, its image, a chip's speed; and a slow serial port."""

import pytest
from littlefs import LittleFSError
from mpremote.transport_serial import SerialTransport
from support.boards.virtual_boards import board_with, printed, put
from wherry_host import partitions
from wherry_host.virtual.image import Image, in_image, ring_of

PARTITIONS = """
from esp32 import Partition
import micropython

def errno(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return error.errno

print([part.info()[2:5] for part in Partition.find(Partition.TYPE_DATA)])
print(Partition.find()[0].info()[4], Partition.find(1, 0x81)[0].info()[4])
print(Partition.find(1, label="none"), Partition.find(1, 0x81, "wlog"))
wlog = Partition.find(Partition.TYPE_DATA, label="wlog")[0]
print(wlog.ioctl(4, 0), wlog.ioctl(5, 0))
sixteen = bytearray(16)
micropython.heap_lock()
wlog.writeblocks(1, b"\\x0f\\xf0", 4095)
wlog.writeblocks(1, b"\\xfc", 4095)
wlog.readblocks(1, sixteen, 4090)
micropython.heap_unlock()
print(sixteen.hex())
wlog.writeblocks(1, bytearray(8192))
micropython.heap_lock()
wlog.ioctl(6, 2)
wlog.readblocks(1, sixteen, 4090)
micropython.heap_unlock()
print(sixteen.hex())
print(errno(wlog.readblocks, 15, sixteen, 4090), errno(wlog.ioctl, 6, 16))
"""


def test_the_partitions_follow_the_table_and_the_rules_of_flash(tmp_path):
    """No bytes outside a partition are touched, and nothing allocates."""
    data = [(0x9000, 0x6000, "nvs"), (0xF000, 0x1000, "phy_init")]
    data += [(0x200000, 0x10000, "wlog"), (0x210000, 0x40000, "vfs")]
    assert printed(tmp_path, PARTITIONS, wlog_size=0x10000) == [
        str(data),
        "factory vfs",
        "[] []",
        "16 4096",
        "ff" * 5 + "0cf0" + "ff" * 9,
        "00" * 6 + "ff" * 10,
        "-260 -260",
    ]


CUT_IN_THE_RING = """
from esp32 import Partition
wlog = Partition.find(Partition.TYPE_DATA, label="wlog")[0]
first = bytearray(1)
wlog.readblocks(0, first, 0)
if first[0] == 0xFF:
    wlog.writeblocks(0, bytes(4096))
print("ready")
while True:
    wlog.ioctl(6, 1)
    wlog.writeblocks(1, bytes(4096), 0)
"""


def test_a_ring_survives_kills_and_a_cut_may_fall_inside_its_writes(tmp_path):
    torn_count = 0
    with board_with(tmp_path, CUT_IN_THE_RING, boot_ms=0, wlog_size=0x10000) as board:
        board.wait_line("ready")
        for count in (1, 2, 3, 4):
            since = len(board.lines)
            board.kill()
            board.wait_line("ready", since=since)
            since = len(board.events)
            board.cut_at_write(count)
            board.wait_event("cut", since=since)
            with open(board.flash, "rb") as flash:
                flash.seek(0x200000)
                assert flash.read(4096) == bytes(4096)
                seen = set(flash.read(4096))
            # A cut may leave half a block erased or programmed; a kill may leave pieces of it.
            assert seen <= {0, 0xFF}
            torn_count += len(seen) == 2
            since = len(board.lines)
            board.power_on()
            board.wait_line("ready", since=since)
    assert torn_count


def test_an_image_with_a_ring_is_a_whole_flash_and_its_files_are_found(tmp_path):
    path = Image.create(tmp_path / "flash.img", 0x40000, 0x10000)
    with Image(path) as image:
        image.write("data/boot", b"\1")
    entries, size = in_image(path)
    ring, files = partitions.named(entries, "wlog"), partitions.filesystem(entries, size)
    assert (ring.offset, ring.end) == (0x200000, files.offset)
    assert files.size == 0x40000 and path.stat().st_size == files.end
    content = path.read_bytes()
    assert partitions.parse(content[0x8000:0x8C00]) == entries
    assert content[ring.offset : ring.end] == b"\xff" * ring.size
    with Image(path) as image:
        assert image.files() == {"data/boot": 1}


def test_a_truncated_flash_has_a_part_of_the_ring(tmp_path):
    path = Image.create(tmp_path / "flash.img", 0x40000, 0x10000)
    assert ring_of(path) is None, "nothing was ever in it"
    content = bytearray(path.read_bytes())
    content[0x200000:0x203000] = b"r" * 0x3000
    path.write_bytes(content[:0x202000])
    assert ring_of(path) == b"r" * 0x2000 + b"\xff" * 0xE000
    with pytest.raises(LittleFSError), Image(path):
        pass


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
