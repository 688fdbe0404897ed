"""on_battery.py: the filesystem of a node on battery has the same buffers after every start."""

import littlefs
import pytest
from support.boards.firmware_run import found_by
from wherry_host.virtual.image import PARAMETERS, READING

PWRON, HARD, WDT, DEEPSLEEP = 1, 2, 3, 4
PROGRAM = """
import vfs

class Flashbdev:
    bdev = "blocks"

class Vfs:
    done = []
    def umount(path): Vfs.done.append(["umount", path])
    def VfsLfs2(device, readsize):
        Vfs.done.append(["VfsLfs2", device, readsize])
        if given["refused"]: raise MemoryError
        return "littlefs"
    def mount(what, path): Vfs.done.append(["mount", what, path])

Machine.cause = given["cause"]
Machine.reset_cause = lambda: given["cause"]
mount({"/deployed": ""})
stand_in(machine=Machine, vfs=Vfs)
if given["bdev"]:
    stand_in(flashbdev=Flashbdev)
import on_battery
on_battery.begin({"power": {"source": given["source"]}, "node": {}}, None)
found = Vfs.done[-3:]
"""
# littlefs keeps such a file inline if its cache is larger.
NAME, CONTENT = "data/token", bytes(range(148))
BLOCKS = 64


def mounts(cause, **more):
    """Return the last mounts of a start on battery."""
    given = {"cause": cause, "bdev": True, "refused": False, "source": "battery"}
    return found_by(PROGRAM, given | more)[0]


@pytest.mark.parametrize("cause", [PWRON, HARD, WDT])
def test_a_start_on_battery_mounts_as_a_wake_does(cause):
    wide = [["VfsLfs2", "blocks", 256], ["umount", "/"], ["mount", "littlefs", "/"]]
    assert mounts(cause) == wide


def test_on_mains_the_default_mount_returns_after_a_sleep():
    small = [["VfsLfs2", "blocks", 32], ["umount", "/"], ["mount", "littlefs", "/"]]
    assert mounts(DEEPSLEEP, source="mains") == small


def test_without_heap_for_the_buffers_the_mount_stays():
    assert mounts(PWRON, refused=True) == [["VfsLfs2", "blocks", 256]]


def test_a_wake_has_these_buffers_already():
    assert mounts(DEEPSLEEP) == mounts(PWRON, bdev=False) == []


def is_read(context, parameters):
    """Return True if the file can be read."""
    fs = littlefs.LittleFS(context, block_count=BLOCKS, **parameters)
    try:
        with fs.open(NAME, "rb") as file:
            return file.read() == CONTENT
    except littlefs.LittleFSError:
        return False


def test_the_default_buffers_cannot_read_an_inline_file_at_the_end_of_a_block():
    context = littlefs.UserContext(4096 * BLOCKS)
    wide = {**PARAMETERS, "read_size": 256, "cache_size": 1024}
    fs = littlefs.LittleFS(context, mount=False, block_count=BLOCKS, **wide)
    fs.format()
    fs.mount()
    fs.makedirs("data")
    found = []
    # Each rewriting is further along the log of the folder.
    for _ in range(60):
        with fs.open(NAME, "wb") as file:
            file.write(CONTENT)
        found.append([is_read(context, each) for each in (PARAMETERS, wide, READING)])
    assert [True, True, True] in found and [False, True, True] in found
    assert len({tuple(each) for each in found}) == 2
