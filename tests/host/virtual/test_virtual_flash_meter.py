"""The virtual board counts a wake's operations on its flash, as a chip's bus would show them."""

import re
import subprocess
import time

import littlefs
from support.boards.virtual_boards import board_with, printed, put
from support.places import BIN
from wherry_host.partitions import BLOCK_SIZE
from wherry_host.virtual.image import PARAMETERS, Image, _File

RAW = """
from esp32 import Partition
from _board import flash
import micropython

def counts():
    return flash[0], flash[1], flash[2], flash[3], flash[4]

wlog = Partition.find(Partition.TYPE_DATA, label="wlog")[0]
page32, page200 = bytearray(32), bytearray(200)

def work():
    for _ in range(7):
        wlog.readblocks(1, page200, 64)
    wlog.readblocks(2, page32, 0)
    for _ in range(3):
        wlog.writeblocks(1, page32, 32)
    wlog.ioctl(6, 1)
    wlog.ioctl(6, 2)

before = counts()
micropython.heap_lock()
work()
micropython.heap_unlock()
print([now - then for now, then in zip(counts(), before)])
"""


def test_each_call_of_a_partition_is_counted_and_nothing_allocates(tmp_path):
    lines = printed(tmp_path, RAW, wlog_size=0x10000)
    assert lines == [str([8, 7 * 200 + 32, 3, 96, 2])]


FILES = """
from _board import flash

def counts():
    return flash[0], flash[1], flash[2], flash[4]

def tell(name, action):
    before = counts()
    action()
    print(name, *[now - then for now, then in zip(counts(), before)])

def read():
    with open("deep/folder/big", "rb") as file:
        while file.read(100):
            pass

def write():
    with open("deep/folder/new", "wb") as file:
        file.write(bytes(9000))

tell("read", read)
tell("write", write)
"""


class CountingFile(_File):
    """The same image under littlefs-python, which counts for itself."""

    def __init__(self, path, start):
        super().__init__(path, start)
        self.counts = [0, 0, 0, 0]

    def read(self, cfg, block, off, size):
        self.counts[0] += 1
        self.counts[1] += size
        return super().read(cfg, block, off, size)

    def prog(self, cfg, block, off, data):
        self.counts[2] += 1
        return super().prog(cfg, block, off, data)

    def erase(self, cfg, block):
        self.counts[3] += 1
        return super().prog(cfg, block, 0, b"\xff" * cfg.block_size)


def counted_outside(path, name):
    """Return the operations that littlefs-python counts for reading a whole file."""
    counting = CountingFile(path, 0)
    size = path.stat().st_size // BLOCK_SIZE
    files = littlefs.LittleFS(counting, block_count=size, **PARAMETERS)
    counting.counts = [0, 0, 0, 0]
    with files.open(name, "rb", buffering=0) as file:
        while file.read(100):
            pass
    return counting.counts


def test_reads_of_littlefs_agree_with_littlefs_python(tmp_path):
    content = bytes(range(256)) * 100
    board = board_with(tmp_path, FILES + "print('end')\n")
    put(board, "deep/folder/big", content)
    with board:
        board.wait_line("^end$")
        read, written = ([int(n) for n in text.split()[1:]] for _, text in board.lines[:2])
    expected = counted_outside(board.flash, "deep/folder/big")
    # The two start with different caches, in which only the last name may be found.
    assert abs(read[0] - expected[0]) <= 8 and abs(read[1] - expected[1]) <= 8 * 128
    assert read[0] >= len(content) // 128 and read[2:] == expected[2:] == [0, 0]
    # 9,000 bytes are three blocks, programmed in pieces of 128 B; a few more belong to the folder.
    assert written[3] == 3 and 71 <= written[2] <= 75


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


STEPS = """
import machine
from _board import flash
before = flash[0]
import outer
print("outer", flash[0] - before)
import outer
with open("notes") as file:
    file.read()
import os
os.stat("notes")
i2c = machine.I2C(0, scl=22, sda=21)
i2c.scan()
i2c.readfrom_mem(0x76, 0xD0, 1)
i2c.readfrom_mem(0x76, 0xD0, 1)
print("all", flash[0])
machine.deepsleep()
"""


def test_the_steps_of_a_wake_report_where_its_reads_were(tmp_path):
    board = board_with(tmp_path, STEPS, flash_steps=True)
    inner, outer = "x = 1\n" * 200, "import inner\n" + "y = 2\n" * 300
    for name, content in (("inner.py", inner), ("outer.py", outer), ("notes", "n" * 3000)):
        put(board, name, content)
    with board:
        slept = board.wait_event("sleep")
        steps = [event for event in board.events if event["event"] == "step"]
        reported = dict(text.split() for _, text in board.lines)
    named = [(step["what"], step["name"]) for step in steps]
    main = named.index(("did", "close main.py"))
    assert named[0] == ("mount", "") and named[main + 1 :] == [
        ("import", "outer"),
        ("import", "inner"),
        ("imported", "inner"),
        ("imported", "outer"),
        ("open", "notes"),
        ("did", "open notes"),
        ("did", "read notes"),
        ("did", "close notes"),
        ("import", "os"),
        ("imported", "os"),
        ("did", "stat notes"),
        ("i2c", ""),
        ("size", f"{len(inner)} inner.py"),
        ("size", f"{len(outer)} outer.py"),
    ]
    reads = [step["flash"]["reads"] for step in steps[main + 1 :]]
    assert reads[3] - reads[0] == int(reported["outer"]) > (len(inner) + len(outer)) // 128
    assert reads[6] - reads[5] >= 3000 // 128
    # Reading the sizes is not counted.
    assert slept["flash"]["reads"] == int(reported["all"]) == reads[11]
