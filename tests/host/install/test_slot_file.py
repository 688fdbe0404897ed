"""The file of a slot: written and read on the host, read by the loader, damaged in each byte."""

import hashlib
import json
from binascii import crc32
from itertools import count

import pytest
from support.boards.firmware_run import printed_by
from support.boards.small_slots import LOADER_SOURCE, image_of
from wherry_host.compile.slot_file import INDEX_AT, SlotFile, blocks, built, in_bytes, is_whole
from wherry_host.errors import DeployError
from wherry_host.virtual.image import Image

ENTRIES = {
    "ca/0.der": b"root" * 40,
    "app.mpy": b"app" * 9,
    "wherry/a/b.mpy": b"b",
    "settings": b"{}",
}
# The loader's own reader of a slot, on a file of this computer.
PROGRAM = """
import json, os, sys, vfs
vfs.mount(Slot(sys.argv[1]), "/slot")
found = {}
for folder in ("", "/wherry", "/wherry/a", "/ca"):
    for name in os.listdir("/slot" + folder):
        path = folder + "/" + name
        stat = os.stat("/slot" + path)
        with open("/slot" + path, "rb") as file:
            content = str(file.read(stat[6]), "utf-8") if stat[0] & 0x8000 else None
        found[path[1:]] = content
try:
    os.stat("/slot/app.py")
except OSError as error:
    found["app.py"] = error.errno
print(json.dumps(found))
"""
FOUND = """
import os, sys
slot = Slot(sys.argv[1])
for path in sys.argv[2:]:
    try:
        with slot.open(path, "rb") as file:
            print(file.read(slot.stat(path)[6]))
    except OSError as error:
        print(error.errno)
"""
DAMAGES = """
import sys
with open(sys.argv[1], "rb") as file:
    content = file.read()
path, end = sys.argv[1] + ".bad", int(sys.argv[2])
taken = []
for at in range(104, end):
    for flip in (1, 128, 255):
        with open(path, "wb") as file:
            file.write(content[:at] + bytes((content[at] ^ flip,)) + content[at + 1 :])
        try:
            Slot(path)
            taken.append((at, flip))
        except (ValueError, OSError):
            pass
for size in list(range(0, 400, 7)) + [len(content) - 1]:
    with open(path, "wb") as file:
        file.write(content[:size])
    try:
        Slot(path)
        taken.append(size)
    except (ValueError, OSError):
        pass
print(taken)
"""


def loaded(program, *arguments):
    """Return the output of a program on MicroPython, after the loader's classes."""
    return printed_by(LOADER_SOURCE.partition("\ndef _remount")[0] + program, *arguments)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.app").write_bytes(built(ENTRIES, "1.2.3"))
    return tmp_path / "a.app"


def test_a_built_slot_is_read_back():
    data = built(ENTRIES, "1.2.3")
    found = in_bytes(data)
    assert (found.version, found.size) == ("1.2.3", len(data)) and is_whole(data)
    assert {name: found.content(name) for name in found.paths() if name != "names"} == ENTRIES
    assert data[8:40] == hashlib.sha256(data[104:]).digest() and data[40:104] == bytes(64)
    with pytest.raises(KeyError):
        found.content("other")


def test_files_that_cannot_be_in_a_slot():
    # CRC-32 of both strings is 0x4ddb0c25, found by trying.
    with pytest.raises(DeployError, match="one CRC-32, or a file of it is empty"):
        built({"plumless": b"1", "buckeroo": b"2"}, "1")
    with pytest.raises(DeployError, match="or a file of it is empty"):
        built({"a.mpy": b""}, "1")


def test_a_part_of_a_slot_and_any_changed_byte_are_recognised():
    data = built(ENTRIES, "1.2.3")
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        # The signature's place is empty and not judged yet.
        assert is_whole(changed) == (40 <= at < 104), at
        assert not is_whole(data[:at]), at
    for rubbish in (b"", b"wherry\x02\x00" + data[8:], bytes(INDEX_AT), data[8:]):
        with pytest.raises(ValueError, match=r"version that is known|index of the slot"):
            SlotFile(lambda at, size, data=rubbish: data[at : at + size])


def test_the_loader_reads_it_as_a_filesystem(path):
    found = json.loads(loaded(PROGRAM, path))
    assert found.pop("app.py") == 2
    names = found.pop("names").split("\n")
    assert set(ENTRIES) < set(names) and "wherry/a" in names
    assert found.pop("wherry") is found.pop("wherry/a") is found.pop("ca") is None
    assert found == {name: data.decode() for name, data in ENTRIES.items()}


def _path_with(begin=b"", end=b""):
    """Return a path whose CRC-32, as a slot has it, begins or ends with these bytes."""
    crcs = ((str(i), crc32(b"%d" % i).to_bytes(4, "little")) for i in count())
    return next(path for path, crc in crcs if crc.startswith(begin) and crc.endswith(end))


def test_a_crc_that_is_also_across_two_others_matches_its_own_path(tmp_path):
    wanted = {path: crc32(path.encode()).to_bytes(4, "little") for path in ("app.mpy", "gone.mpy")}
    entries = {}
    for crc in wanted.values():
        entries[_path_with(end=crc[:2])] = b"before"
        entries[_path_with(begin=crc[2:])] = b"behind"
    data = built({**entries, "app.mpy": b"app"}, "1")
    index = data[INDEX_AT : INDEX_AT + 4 * 7]
    assert all(index.find(crc) % 4 == 2 for crc in wanted.values())
    (tmp_path / "a.app").write_bytes(data)
    assert loaded(FOUND, tmp_path / "a.app", *wanted).split() == ["b'app'", "2"]


def test_the_loader_accepts_no_damaged_head_and_no_part(path):
    count = len(in_bytes(path.read_bytes()).paths()) + 4  # Four folders, with the slot's own.
    assert loaded(DAMAGES, path, INDEX_AT + 8 * count + 8).strip() == "[]"


@pytest.mark.parametrize("size", [1, 4096, 4097, 8188, 8189, 40_000, 90_000])
def test_blocks_agree_with_littlefs(tmp_path, size):
    (tmp_path / "made.img").write_bytes(image_of(tmp_path, {"/a/b": b"x"}))
    with Image(tmp_path / "made.img") as image:
        before = image.fs.used_block_count
        image.write("a.app", bytes([1]) * size)
        used = image.fs.used_block_count - before
    # A file that fits into the folder's log needs no separate block.
    assert used == (blocks(size) if size > 128 else 0)
