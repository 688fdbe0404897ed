"""The flash of a simulated chip: littlefs in memory, with the functions of `os` and `open`.

Files of a slot are in a separate folder that cannot be written.
"""

import errno
import io
from types import SimpleNamespace

from littlefs import LittleFS, UserContext, lfs
from littlefs.errors import LittleFSError

from wherry_host.virtual.image import PARAMETERS
from wherry_host.year.chip.errors import ChipError

_SLOT = "/app/"
_IS_FOLDER, _IS_FILE = 0x4000, 0x8000
_READ, _WRITE, _CREATE, _TRUNCATE, _APPEND = 1, 2, 0x100, 0x400, 0x800
_FLAGS = {
    "r": _READ,
    "w": _WRITE | _CREATE | _TRUNCATE,
    "a": _WRITE | _CREATE | _APPEND,
    "r+": _READ | _WRITE,
}
_SIZE = PARAMETERS["block_size"]
# As the loader mounts it after a deep sleep; see MicroPython's extmod/vfs_lfsx.c for the cache.
_ASLEEP = {"read_size": 256, "cache_size": 1024}
_ERASED = b"\xff" * _SIZE


class Memory(UserContext):
    """The blocks of a flash; it counts its program and erase operations."""

    def __init__(self, size):
        self.content = bytearray(b"\xff" * size)
        self.programs = self.erases = 0

    def read(self, cfg, block, off, size):
        at = block * _SIZE + off
        return self.content[at : at + size]

    def prog(self, cfg, block, off, data):
        at = block * _SIZE + off
        self.content[at : at + len(data)] = data
        self.programs += 1
        return 0

    def erase(self, cfg, block):
        self.content[block * _SIZE : (block + 1) * _SIZE] = _ERASED
        self.erases += 1
        return 0

    def sync(self, cfg):
        return 0


class File:
    """A binary file of the flash: its new content is in flash once the file is closed."""

    def __init__(self, fs, path, flags):
        self._fs = fs
        self._file = _done(lfs.file_open, fs, path, flags)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, size=-1):
        if size < 0:
            size = lfs.file_size(self._fs, self._file)
        return _done(lfs.file_read, self._fs, self._file, size)

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        return _done(lfs.file_write, self._fs, self._file, bytes(data))

    def seek(self, at, whence=0):
        return _done(lfs.file_seek, self._fs, self._file, at, whence)

    def tell(self):
        return lfs.file_tell(self._fs, self._file)

    def flush(self):
        _done(lfs.file_sync, self._fs, self._file)

    def close(self):
        if self._file:
            file, self._file = self._file, None
            _done(lfs.file_close, self._fs, file)


class TextFile(File):
    """A text file in UTF-8, which is read and written as a whole."""

    def read(self):
        return super().read().decode()

    def write(self, text):
        return super().write(text.encode())


class Filesystem:
    """`open`, and what the node uses of `os`; `slot` is {path in the slot: bytes}.

    `sleeps` is True for a node that is mostly mounted after a deep sleep.
    """

    def __init__(self, size, slot, sleeps):
        self.memory = Memory(size)
        self._slot = slot
        geometry = PARAMETERS | (_ASLEEP if sleeps else {})
        blocks = size // _SIZE
        made = LittleFS(self.memory, mount=False, block_count=blocks, **geometry)
        made.format()
        made.mount()
        # The object must live as long as its filesystem.
        self._made, self._fs = made, made.fs

    def open(self, path, mode="r"):
        """Return a File, or a TextFile without "b" in the mode; files of a slot are binary."""
        if path.startswith(_SLOT):
            return io.BytesIO(self._of_slot(path))
        kind = File if "b" in mode else TextFile
        return kind(self._fs, path, _FLAGS[mode.replace("b", "")])

    def _of_slot(self, path):
        content = self._slot.get(path[len(_SLOT) :])
        if content is None:
            raise ChipError(errno.ENOENT, path)
        return content

    def stat(self, path):
        """Return the ten values of os.stat; only the kind and the size are meaningful."""
        if path.startswith(_SLOT):
            kind, size = _IS_FILE, len(self._of_slot(path))
        else:
            found = _done(lfs.stat, self._fs, path)
            kind, size = (_IS_FILE, found.size) if found.type == 1 else (_IS_FOLDER, 0)
        return (kind, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def ilistdir(self, path="/"):
        """Yield (name, kind, 0, size) of each entry of a folder."""
        folder = _done(lfs.dir_open, self._fs, path)
        try:
            while found := lfs.dir_read(self._fs, folder):
                if found.name not in (".", ".."):
                    is_file = found.type == 1
                    yield found.name, _IS_FILE if is_file else _IS_FOLDER, 0, found.size
        finally:
            lfs.dir_close(self._fs, folder)

    def listdir(self, path="/"):
        return [entry[0] for entry in self.ilistdir(path)]

    def os(self, urandom):
        """Return what the node uses of the module `os`."""
        fs = self._fs
        return SimpleNamespace(
            urandom=urandom,
            stat=self.stat,
            listdir=self.listdir,
            ilistdir=self.ilistdir,
            mkdir=lambda path: _done(lfs.mkdir, fs, path),
            remove=lambda path: _done(lfs.remove, fs, path),
            rmdir=lambda path: _done(lfs.remove, fs, path),
            rename=lambda old, new: _done(lfs.rename, fs, old, new),
        )


def _done(function, *arguments):
    """Call a function of littlefs; its errors become OSErrors with the chip's numbers."""
    try:
        return function(*arguments)
    except LittleFSError as error:
        raise ChipError(-error.code, str(error)) from None
