"""The virtual board's flash: its partitions in a program, its image on the host."""

import pytest
from littlefs import LittleFSError
from support.boards.virtual_boards import board_with, printed
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


def test_a_flash_without_a_table_is_a_filesystem_alone(tmp_path):
    program = (
        "from esp32 import Partition\nprint(Partition.find(Partition.TYPE_DATA, label='wlog'))\n"
    )
    assert printed(tmp_path, program) == ["[]"]


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


def test_a_board_runs_from_the_filesystem_behind_its_ring(tmp_path):
    program = "import os\nprint(os.listdir('/'), os.statvfs('/')[2])\nopen('new', 'w').close()\n"
    assert printed(tmp_path, program, wlog_size=0x10000) == ["['main.py'] 64"]
    with Image(tmp_path / "board" / "flash.img") as image:
        assert "new" in image.files()


def test_a_truncated_flash_has_a_part_of_the_ring(tmp_path):
    path = Image.create(tmp_path / "flash.img", 0x40000, 0x10000)
    assert ring_of(path) is None, "nothing was ever in it"
    content = bytearray(path.read_bytes())
    content[0x200000:0x203000] = b"r" * 0x3000
    path.write_bytes(content[:0x202000])
    assert ring_of(path) == b"r" * 0x2000 + b"\xff" * 0xE000
    with pytest.raises(LittleFSError), Image(path):
        pass
