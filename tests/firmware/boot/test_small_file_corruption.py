"""Damage to the boot number, the crash record and the settings of a slot, on the virtual board."""

from support.boards.virtual_boards import board_with, put
from support.places import ROOT
from wherry_host.places import firmware_sources

FLASH_SIZE = 2 << 20
TIMEOUT_S = 300
PROGRAM = """
import json, os, random, sys
import crash, recovery, settings
from wherry import small_file
from wherry.stage.memory import SIZE
from wherry.stage.stage import Stage

random.seed({seed})
stage = Stage(bytearray(SIZE), lambda: None, 3)
stage.new_state()

def damages(content):
    for at in range(len(content)):
        for flip in (1 << random.getrandbits(3), 255, content[at] or 1):
            changed = bytearray(content)
            changed[at] ^= flip
            yield changed
        yield content[:at]
    for size in (0, 1, 3, 4, 5, 200):
        yield bytes(size)
        yield b"\\xff" * size
        yield content + bytes(size + 1)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check_boot():
    count = 0
    small_file.write("/data/boot", (70_000).to_bytes(4, "little"))
    for content in damages(read("/data/boot")):
        write("/data/boot", content)
        boot = recovery._next_boot("/data/boot", {70_000: (0, 0)})
        assert boot == 70_001, content
        assert recovery._next_boot("/data/boot", {}) == 70_002, content
        count += 1
    return count


def check_crash():
    count = 0
    small_file.write("/data/crash", b"\\x03OSError: 28")
    for content in damages(read("/data/crash")):
        write("/data/crash", content)
        assert crash._streak() == 0, content
        crash.end_streak(stage)
        crash._record(ValueError("new"))
        assert crash._streak() == 1, content
        count += 1
    return count


def check_settings():
    os.mkdir("/slot")
    sys.path.insert(0, "/slot")
    text = b'{"node": {"name": "hut"}, "board": {"led": {"pin": 2}}}'
    small_file.write("/slot/settings", text)
    assert settings.read() == json.loads(text)
    count = 0
    for content in damages(read("/slot/settings")):
        write("/slot/settings", content)
        try:
            found = settings.read()
        except ValueError as error:
            assert "deploy again" in str(error), content
        else:
            assert found == json.loads(text), content
        count += 1
    return count


for check in (check_boot, check_crash, check_settings):
    print("counted", check.__name__, check())
print("finished")
"""


def test_damaged_small_files_of_the_firmware_never_stop_it(tmp_path):
    seed = 4
    program = PROGRAM.replace("{seed}", str(seed))
    board = board_with(tmp_path, program, flash_size=FLASH_SIZE)
    for path in sorted((ROOT / "lib" / "wherry").rglob("*.py")):
        put(board, f"lib/{path.relative_to(ROOT / 'lib')}", path.read_text())
    for name in ("chip", "crash", "recovery", "rtc", "settings"):
        put(board, f"lib/{name}.py", firmware_sources()[name].read_text())
    put(board, "data/crash", "")
    with board:
        board.wait_line("^finished$|^Traceback", TIMEOUT_S)
        lines = [text for _, text in board.lines]
    print(seed, lines[-8:])
    assert "finished" in lines, lines[-12:]
