"""The flash of a simulated chip: littlefs in memory, with the functions of `os` and `open`.

Files of a slot are in a separate folder that cannot be written.
"""

import io
from types import SimpleNamespace

from littlefs import LittleFS, lfs
from littlefs.errors import LittleFSError

from wherry_host.virtual.image import PARAMETERS
from wherry_host.year.chip.errors import ChipError, Ended
from wherry_host.year.chip.flash_memory import Memory
from wherry_host.year.chip.flash_time import is_walked
from wherry_host.year.world.clock import in_world

_SLOT = "/app/"
_ENOENT = 2
_IS_FOLDER, _IS_FILE = 0x4000, 0x8000
_READ, _WRITE, _CREATE, _TRUNCATE, _APPEND = 1, 2, 0x100, 0x400, 0x800
_FLAGS = {
    "r": _READ,
    "w": _WRITE | _CREATE | _TRUNCATE,
    "a": _WRITE | _CREATE | _APPEND,
    "r+": _READ | _WRITE,
}
_SIZE = PARAMETERS["block_size"]
_READ_SIZE, _SLEPT_READ_SIZE = PARAMETERS["read_size"], 256


class File:
    """A binary file of the flash: its new content is in flash after `flush` or `close`.

    Once the run of the program has ended, nothing more of it reaches the flash.
    """

    def __init__(self, filesystem, path, flags):
        self._owner, self._fs = filesystem, filesystem.fs
        filesystem.check()
        self._file = filesystem.done(lfs.file_open, self._fs, path, flags)
        filesystem.opened.add(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, size=-1):
        """Return up to `size` bytes, by default all that follow."""
        if size < 0:
            size = lfs.file_size(self._fs, self._file)
        return self._owner.done(lfs.file_read, self._fs, self._file, size)

    def readinto(self, buffer):
        """Fill a buffer and return the number of bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        """Write bytes and return their number."""
        self._owner.check()
        return self._owner.done(lfs.file_write, self._fs, self._file, bytes(data))

    def seek(self, at, whence=0):
        """Set the place of the next read or write and return it."""
        return self._owner.done(lfs.file_seek, self._fs, self._file, at, whence)

    def tell(self):
        """Return the place of the next read or write."""
        return lfs.file_tell(self._fs, self._file)

    def flush(self):
        """Bring the content to flash."""
        self._owner.check()
        self._owner.done(lfs.file_sync, self._fs, self._file)

    def close(self):
        """Bring the content to flash and close the file."""
        if self._file:
            self._owner.check()
            file, self._file = self._file, None
            self._owner.opened.discard(self)
            self._owner.done(lfs.file_close, self._fs, file)


class TextFile(File):
    """A text file in UTF-8, which is read and written as a whole."""

    def read(self):
        return super().read().decode()

    def write(self, text):
        return super().write(text.encode())


class Filesystem:
    """`open`, and the functions of `os`; `slot` is {path in the slot: bytes}.

    All functions raise ChipError with the chip's number.
    """

    #: `watch` has `begin(path)` and `end()` around the removal or renaming of a file.
    watch = None
    #: True after the memory was changed from outside: what littlefs has read of it is void.
    is_stale = False
    #: The FlashTime of its chip.
    time = None
    #: `on_failure()` is called if the power fails during an operation.
    on_failure = None

    def __init__(self, size, slot):
        self.memory = Memory(size)
        self._slot = slot
        self._block_count = size // _SIZE
        #: The Files that are open, and whether the run of the program has ended.
        self.opened, self.is_over = set(), False
        self._read_size = _READ_SIZE
        self._made = self._with(_READ_SIZE)
        self._made.format()
        self.mount(_READ_SIZE, is_new=True)

    def _with(self, read_size):
        # See MicroPython's extmod/vfs_lfsx.c for the cache.
        sizes = {"read_size": read_size, "cache_size": 4 * read_size}
        sizes["block_count"] = self._block_count
        return LittleFS(self.memory, mount=False, **{**PARAMETERS, **sizes})

    def mount(self, read_size, is_new=False):
        """Mount the filesystem with other buffers, or with new ones."""
        if is_new or read_size != self._read_size:
            self._read_size = read_size
            # The object must live as long as its filesystem.
            self._made = self._with(read_size)
            self._made.mount()
            self.fs = self._made.fs

    def replace_slot(self, slot):
        """Replace the files of the slot."""
        self._slot = slot

    def put(self, path):
        """Create an empty file while no program runs."""
        fails_at, self.memory.fails_at = self.memory.fails_at, None
        self.begin_run(slept=False)
        lfs.file_close(self.fs, lfs.file_open(self.fs, path, _FLAGS["w"]))
        self.memory.fails_at = fails_at

    def used_size(self):
        """Return the bytes of the blocks in use."""
        return lfs.fs_size(self.fs) * _SIZE

    def check(self):
        """Raise Ended if the run of the program has ended."""
        if self.is_over:
            raise Ended

    def done(self, function, *arguments):
        """Call a function of littlefs; its errors become OSErrors with the chip's numbers."""
        try:
            found = function(*arguments)
        except LittleFSError as error:
            if not self.memory.is_off:
                raise ChipError(-error.code) from None
        if self.memory.is_off and not self.is_over:
            in_world(self.on_failure)
        self.check()
        return found

    def begin_run(self, slept):
        """Begin a run; the content of files that the last one left open is lost.

        The loader mounts with larger buffers if the chip has slept.
        """
        is_new = bool(self.opened) or self.memory.is_off or self.is_stale
        self.is_stale = False
        if self.memory.is_off:
            self.memory.is_off, self.memory.fails_at = False, None
        self.opened, self.is_over = set(), False
        self.mount(_SLEPT_READ_SIZE if slept else _READ_SIZE, is_new)

    def open(self, path, mode="r"):
        """Return a File, or a TextFile without "b" in the mode; files of a slot are binary."""
        if path.startswith(_SLOT):
            return io.BytesIO(self._of_slot(path))
        if is_walked(path, mode):
            self.time.opened()
        kind = File if "b" in mode else TextFile
        return kind(self, path, _FLAGS[mode.replace("b", "")])

    def _of_slot(self, path):
        content = self._slot.get(path[len(_SLOT) :])
        if content is None:
            raise ChipError(_ENOENT)
        return content

    def stat(self, path):
        """Return the ten values of os.stat; only the kind and the size are meaningful."""
        if path.startswith(_SLOT):
            kind, size = _IS_FILE, len(self._of_slot(path))
        else:
            found = self.done(lfs.stat, self.fs, path)
            kind, size = (_IS_FILE, found.size) if found.type == 1 else (_IS_FOLDER, 0)
        return (kind, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def ilistdir(self, path="/"):
        """Return an iterator of (name, kind, 0, size) of each entry of a folder."""
        return self._entries(self.done(lfs.dir_open, self.fs, path))

    def _entries(self, folder):
        try:
            while found := lfs.dir_read(self.fs, folder):
                if found.name not in (".", ".."):
                    is_file = found.type == 1
                    yield found.name, _IS_FILE if is_file else _IS_FOLDER, 0, found.size
        finally:
            lfs.dir_close(self.fs, folder)

    def listdir(self, path="/"):
        """Return the names in a folder."""
        return [entry[0] for entry in self.ilistdir(path)]

    def os(self, urandom):
        """Return the functions of the module `os`; `urandom(count)` returns random bytes."""
        return SimpleNamespace(
            urandom=urandom,
            stat=self.stat,
            listdir=self.listdir,
            ilistdir=self.ilistdir,
            mkdir=lambda path: self._change(lfs.mkdir, path),
            remove=lambda path: self._remove(lfs.remove, path),
            rmdir=lambda path: self._change(lfs.remove, path),
            rename=lambda old, new: self._remove(lfs.rename, old, new),
        )

    def _remove(self, function, *paths):
        self.watch.begin(paths[0])
        try:
            self._change(function, *paths)
        finally:
            self.watch.end()

    def _change(self, function, *paths):
        self.check()
        return self.done(function, self.fs, *paths)
