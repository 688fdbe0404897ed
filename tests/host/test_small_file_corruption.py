"""Damage to the boot number, the crash record and the kept settings, on the virtual board."""

from pathlib import Path

from test_config import NODE
from virtual_boards import board_with, put

ROOT = Path(__file__).parents[2]
FLASH_SIZE = 1 << 20
TIMEOUT_S = 60
PROGRAM = """
import json, machine, random
import crash, recovery, settings
from wherry import small_file
from wherry.stage import State

random.seed({seed})
# A configuration that was checked sleeps once; here it goes on.
sleeps = []
machine.deepsleep = sleeps.append


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
        boot = recovery._next_boot("/data/boot", {{70_000: (0, 0)}})
        assert boot == 70_001, content
        assert recovery._next_boot("/data/boot", {{}}) == 70_002, content
        count += 1
    return count


def check_crash():
    count = 0
    small_file.write("/data/crash", b"\\x03OSError: 28")
    for content in damages(read("/data/crash")):
        write("/data/crash", content)
        assert crash._streak() == 0, content
        crash.end_streak(State())
        crash._record(ValueError("new"))
        assert crash._streak() == 1, content
        count += 1
    return count


def check_settings():
    count = 0
    good = json.dumps(settings.read("/a"))
    assert settings.read("/a") == json.loads(good) and len(sleeps) == 1
    kept = read("/data/settings")
    for content in damages(kept):
        # Some of them, and never all at once: the heap is small.
        if random.randrange(3 * len(kept)) >= {settings_count}:
            continue
        write("/data/settings", content)
        found = settings.read("/a")
        assert json.loads(json.dumps(found)) == json.loads(good), content
        count += 1
        assert len(sleeps) == 1 + count or bytes(content[:-1]) == kept[:-1], content
    return count


for check in (check_boot, check_crash, check_settings):
    print("counted", check.__name__, check())
print("finished")
"""


def test_damaged_small_files_of_the_firmware_never_stop_it(tmp_path):
    seed, settings_count = 4, 60
    program = PROGRAM.format(seed=seed, settings_count=settings_count)
    board = board_with(tmp_path, program, flash_size=FLASH_SIZE)
    for path in sorted((ROOT / "lib" / "wherry").rglob("*.py")):
        put(board, f"lib/{path.relative_to(ROOT / 'lib')}", path.read_text())
    for name in ("chip", "crash", "recovery", "settings"):
        put(board, f"lib/{name}.py", (ROOT / "firmware" / f"{name}.py").read_text())
    put(board, "a/config.json", NODE)
    put(board, "data/crash", "")
    with board:
        board.wait_line("^finished$|^Traceback", TIMEOUT_S)
        lines = [text for _, text in board.lines]
    print(seed, lines[-8:])
    assert "finished" in lines, lines[-12:]
