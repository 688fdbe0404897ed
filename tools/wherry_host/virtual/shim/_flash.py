"""A flash with a partition table, as on the chip: programming only clears bits.

It is loaded only with a partition table, because it takes heap. Once a partition exists, this code
does not allocate, because the garbage collector may close a file.
"""

import _board
import esp32
import uctypes
from usys import modules

_BLOCK = 4096
_PIECE = 512
# In the shared registers, which begin with RTC memory.
_piece = uctypes.bytearray_at(uctypes.addressof(_board.memory) + 3584, _PIECE)


class Partition:
    TYPE_APP = 0
    TYPE_DATA = 1

    # `entry` is the result of `info`: type, subtype, offset, size, label, whether it is encrypted.
    def __init__(self, file, entry):
        self.file = file
        self.entry = entry
        self.start = entry[2]

    @staticmethod
    def find(type=0, subtype=255, label=None):
        return [
            part
            for part in _partitions()
            if part.entry[0] == type
            and subtype in (255, part.entry[1])
            and label in (None, part.entry[4])
        ]

    def info(self):
        return self.entry

    def _seek(self, at, size):
        if at + size > self.entry[3]:
            # ESP-IDF's ESP_ERR_INVALID_SIZE, as the chip raises it.
            raise OSError(-0x104)
        self.file.seek(self.entry[2] + at)

    def readblocks(self, block, buf, offset=0):
        self._seek(block * _BLOCK + offset, len(buf))
        self.file.readinto(buf)
        _board.count(0, len(buf))

    def writeblocks(self, block, buf, offset=None):
        if offset is None:
            for i in range(len(buf) // _BLOCK):
                self.ioctl(6, block + i)
            offset = 0
        at = block * _BLOCK + offset
        self._seek(at, len(buf))
        _board.count(2, len(buf))
        size = len(buf)
        cut = _is_last()
        if cut:
            size //= 2
        piece = _piece
        done = 0
        while done < size:
            count = min(size - done, _PIECE)
            self._seek(at + done, count)
            self.file.readinto(piece, count)
            for i in range(count):
                piece[i] &= buf[done + i]
            self._seek(at + done, count)
            self.file.write(piece, count)
            done += count
        if cut:
            _board.call(b"X")

    def ioctl(self, request, block):
        if request == 4:
            return self.entry[3] // _BLOCK
        if request == 5:
            return _BLOCK
        if request == 6:
            self._seek(block * _BLOCK, _BLOCK)
            _board.count(4, _BLOCK)
            if _is_last():
                self.file.write(_board.erased, _BLOCK // 2)
                _board.call(b"X")
            self.file.write(_board.erased)
        return 0


def _is_last():
    # The power may be cut during a write or erase.
    regs = _board.regs
    if regs.writes_left:
        regs.writes_left -= 1
        return not regs.writes_left
    return False


def opened(path, at, size):
    """Open the flash's file; return the filesystem, which begins at its byte `at`."""
    del modules["_flash"]
    # The table lacks an entry for it; MicroPython creates one of type data, FAT.
    entry = (1, 0x81, int(at), int(size), "vfs", False)
    Partition.filesystem = Partition(open(path, "r+b", 0), entry)
    esp32.Partition = Partition
    return Partition.filesystem


def _partitions():
    file = Partition.filesystem.file
    line = bytearray(32)
    found = []
    while True:
        file.seek(0x8000 + 32 * len(found))
        file.readinto(line)
        if line[:2] != b"\xaa\x50":
            return found + [Partition.filesystem]
        start, size = (int.from_bytes(line[i : i + 4], "little") for i in (4, 8))
        label = str(line[12:28].rstrip(b"\0"), "ascii")
        found.append(Partition(file, (line[2], line[3], start, size, label, False)))
