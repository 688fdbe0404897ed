"""Starts the application of the active slot; this file is /main.py on the board.

A slot is one file, /a.app or /b.app. The file /slot names the proven slot and, if any, the slot on
trial with the number of its starts; docs/spec.md has the format of both. The application confirms
the trial. After three starts without confirmation the proven slot is used again.
"""

import sys

# No other folder: searching the filesystem for each built-in module costs dozens of reads.
sys.path[:] = [".frozen"]

import os
from array import array
from binascii import crc32

import machine
import vfs

_TRIALS_MAX = 3
_RESTART_MS = 10_000
# The default mount reads 32 bytes at a time; larger reads are fewer.
_READ_SIZE = 256
_MOUNT = "/app"
_HEAD_AT = 104
_HEAD_SIZE = 24
_OTHERS = ("a.app", "b.app")


class Slot:
    """A slot's file as a read-only filesystem: `open` returns the slot's file at the right offset.

    Raises OSError or ValueError if the file is missing or incomplete.
    """

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            file.seek(_HEAD_AT)
            head = file.read(_HEAD_SIZE)
            count = int.from_bytes(head[20:22], "little")
            self.hashes = file.read(4 * count)
            self.places = array("I", file.read(4 * count + 4))
            crc = crc32(self.places, crc32(self.hashes, crc32(head)))
            is_intact = crc.to_bytes(4, "little") == file.read(4)
            if not is_intact or file.seek(0, 2) != self.places[count]:
                raise ValueError("%s is incomplete" % path)

    def _find(self, path):
        wanted = crc32(path.strip("/").encode()).to_bytes(4, "little")
        at = self.hashes.find(wanted)
        while at % 4 and at > 0:
            at = self.hashes.find(wanted, at + 1)
        if at < 0:
            raise OSError(2)
        return at // 4

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        at = self._find(path)
        size = self.places[at + 1] - self.places[at]
        # An entry without bytes is a folder.
        return (0x8000 if size else 0x4000, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def open(self, path, mode):
        file = open(self.path, "rb")  # noqa: SIM115
        file.seek(self.places[self._find(path)])
        return file

    def ilistdir(self, path):
        with self.open("names", "rb") as file:
            names = str(file.read(self.stat("names")[6]), "utf-8").split("\n")
        for name in names:
            folder, _, last = name.rpartition("/")
            if last and folder == path.strip("/"):
                stat = self.stat(name)
                yield last, stat[0], 0, stat[6]


def _remount():
    # Only after a deep sleep: larger buffers need heap, which a node on mains uses better. A node
    # on battery mounts alike after other starts: see on_battery.py.
    if machine.reset_cause() != machine.DEEPSLEEP_RESET:
        return
    try:
        from flashbdev import bdev
    except ImportError:
        return  # Not an ESP32: keep the existing mount.
    vfs.umount("/")
    try:
        vfs.mount(vfs.VfsLfs2(bdev, readsize=_READ_SIZE), "/")
    except OSError:
        vfs.mount(bdev, "/")


def _write(text):
    # A power cut can leave a new file empty; a renamed file is complete.
    with open("/slot.new", "w") as file:
        file.write(text)
    os.rename("/slot.new", "/slot")


def choose_slot():
    """Return the slot to start and the words of /slot; count the start of a slot on trial."""
    try:
        with open("/slot") as file:
            words = file.read().split()
    except OSError:
        words = []
    if len(words) < 3 or not words[2].isdigit():
        return words[0] if words else _OTHERS[0], words[:1]
    proven, trial, starts = words
    if int(starts) >= _TRIALS_MAX:
        print("slot: three starts of %s failed, back to %s" % (trial, proven))
        _write(proven)
        return proven, [proven]
    try:
        _write(" ".join((proven, trial, str(int(starts) + 1))))
    except OSError as error:
        print("slot: flash write failed, start not counted:", error)
    return trial, words


def _mount(name):
    """Mount a slot and import modules from it."""
    vfs.mount(Slot("/" + name), _MOUNT)
    sys.path[:] = [_MOUNT, ".frozen"]


def _mount_whole(name, words):
    """Mount the slot `name` or, if it is incomplete, the proven slot or any other.

    Return the mounted slot's name, and the words of /slot if they apply to it.
    """
    for each in (name,) + tuple(words[:1]) + _OTHERS:
        try:
            _mount(each)
            return each, words if each == name else [each]
        except (OSError, ValueError, MemoryError) as error:
            print("slot:", each, error)
    raise OSError("no complete slot: deploy again")


try:
    _remount()
    name, words = _mount_whole(*choose_slot())
    import app  # pyright: ignore[reportMissingImports]
except Exception as error:
    # A slot that cannot even start counts as failed: sleep and restart.
    sys.print_exception(error)
    machine.deepsleep(_RESTART_MS)

app.run(words)
