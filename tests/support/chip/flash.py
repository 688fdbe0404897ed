"""NOR flash in RAM: it records each program and erase, and can leave either half done.

A program only turns ones into zeros; a program that needs more is counted. Nothing here allocates
while the filesystem works, because it may hold bytes that the garbage collector does not see.
"""

import os
import random
from array import array

import micropython
import vfs

BLOCK_SIZE = 4096
PROGRAM_OUTCOMES = (
    "none", "1 byte", "2 bytes", "half", "all but 4 bytes", "all but 1 byte", "random bits",
    "half and a torn byte", "second half", "all",
)  # fmt: skip
ERASE_OUTCOMES = (
    "none", "all", "first half", "second half", "random 0 to 1", "random head", "tail zeroed",
    "half zeroed", "all zero", "random 1 to 0", "random",
)  # fmt: skip
_NOTED_COUNT_MAX = 4096
_NOTED_SIZE_MAX = 131_072
_HEAD_SIZE = 32
_EEXIST = 17


@micropython.viper
def _copy(to: ptr8, to_at: int, source: ptr8, source_at: int, size: int):  # noqa: F821
    i = 0
    while i < size:
        to[to_at + i] = source[source_at + i]
        i += 1


@micropython.viper
def _program(cells: ptr8, at: int, buffer: ptr8, buffer_at: int, size: int) -> int:  # noqa: F821
    """Turn ones into zeros; return how many bytes also needed the opposite."""
    wrong = 0
    i = 0
    while i < size:
        new = buffer[buffer_at + i]
        if cells[at + i] & new != new:
            wrong += 1
        cells[at + i] = cells[at + i] & new
        i += 1
    return wrong


@micropython.viper
def _fill(cells: ptr8, at: int, size: int, byte: int):  # noqa: F821
    i = 0
    while i < size:
        cells[at + i] = byte
        i += 1


class Flash:
    """A block device for VfsLfs2 with the parameters of the ESP32's own filesystem.

    cells: the content; reads, programs, erases: counts since `forget`; wrong_bits: bytes since
    `forget` whose program would have turned zeros into ones. Writes that do not fit into
    the list are done and counted, but not recorded: then `writes` raises.
    """

    def __init__(self, block_count: int):
        self.block_count = block_count
        self.cells = bytearray(b"\xff" * (BLOCK_SIZE * block_count))
        self._places = array("i", [0] * (2 * _NOTED_COUNT_MAX))
        self._noted = bytearray(_NOTED_SIZE_MAX)
        self.forget()

    def forget(self) -> None:
        """Start a new list of writes, and reset the counters."""
        self.reads = self.programs = self.erases = self.wrong_bits = 0
        self.noted = self._noted_size = 0

    def format(self):
        """Make an empty filesystem on an erased chip."""
        _fill(self.cells, 0, len(self.cells), 255)
        vfs.VfsLfs2.mkfs(self)

    def mount(self, path: str) -> None:
        """Mount the filesystem; raise OSError if there is none."""
        filesystem = vfs.VfsLfs2(self, readsize=32, progsize=32, lookahead=32, mtime=True)
        vfs.mount(filesystem, path)

    def repair(self, path: str) -> int:
        """Let littlefs finish a move between folders that was cut; return its count of writes.

        littlefs does so by itself before any operation that may write.
        """
        try:
            os.mkdir(path + "/.")
        except OSError as error:
            if error.errno != _EEXIST:
                raise
        return self.noted

    # Called by littlefs

    def readblocks(self, block, buffer, offset=0):
        self.reads += 1
        _copy(buffer, 0, self.cells, block * BLOCK_SIZE + offset, len(buffer))

    def writeblocks(self, block, buffer, offset=0):
        at = block * BLOCK_SIZE + offset
        size = len(buffer)
        self.programs += 1
        self.wrong_bits += _program(self.cells, at, buffer, 0, size)
        # The copy checks no bounds, and would overwrite the heap.
        if self._noted_size + size <= _NOTED_SIZE_MAX:
            _copy(self._noted, self._noted_size, buffer, 0, size)
        self._note(at, size)

    def ioctl(self, request, argument):
        if request == 4:
            return self.block_count
        if request == 5:
            return BLOCK_SIZE
        if request == 6:
            self.erases += 1
            _fill(self.cells, argument * BLOCK_SIZE, BLOCK_SIZE, 255)
            self._note(argument * BLOCK_SIZE, 0)
        return 0

    def _note(self, at, size):
        """Record a write: its address and how many bytes it has in `_noted`, 0 for an erase."""
        if self.noted < _NOTED_COUNT_MAX:
            self._places[2 * self.noted] = at
            self._places[2 * self.noted + 1] = size
        self.noted += 1
        self._noted_size += size

    # Used by the harness on the recorded writes

    def writes(self):
        """Yield each recorded write as (address, its bytes, or b"" for an erase).

        Raises ValueError if not all writes were recorded.
        """
        if self._noted_size > _NOTED_SIZE_MAX or self.noted > _NOTED_COUNT_MAX:
            raise ValueError("%d writes are more than are noted" % self.noted)
        begin = 0
        for i in range(self.noted):
            size = self._places[2 * i + 1]
            yield self._places[2 * i], bytes(memoryview(self._noted)[begin : begin + size])
            begin += size


def outcomes(payload: bytes) -> tuple:
    """Return the names of the outcomes of a cut within a write."""
    return PROGRAM_OUTCOMES if payload else ERASE_OUTCOMES


def do(cells: bytearray, at: int, payload: bytes) -> None:
    """Do a write completely."""
    if payload:
        cells[at : at + len(payload)] = payload
    else:
        _fill(cells, at, BLOCK_SIZE, 255)


def tear(cells: bytearray, at: int, payload: bytes, outcome: str) -> None:
    """Do the part of a write that an outcome specifies."""
    if outcome == "all":
        do(cells, at, payload)
    elif payload:
        _tear_program(cells, at, payload, outcome)
    elif outcome != "none":
        _tear_erase(cells, at, outcome)


def _tear_program(cells, at, payload, outcome):
    size = len(payload)
    half = size // 2
    sizes = {"none": 0, "1 byte": 1, "2 bytes": 2, "half": half, "half and a torn byte": half}
    sizes["all but 4 bytes"], sizes["all but 1 byte"] = size - 4, size - 1
    if outcome in sizes:
        end = sizes[outcome]
        cells[at : at + end] = payload[:end]
        if outcome == "half and a torn byte":
            cells[at + end] &= payload[end] | random.getrandbits(8)
    elif outcome == "second half":
        cells[at + half : at + size] = payload[half:]
    else:
        for i in range(size):
            cells[at + i] &= payload[i] | random.getrandbits(8)


def _tear_erase(cells, at, outcome):
    half = BLOCK_SIZE // 2
    if outcome == "first half":
        _fill(cells, at, half, 255)
    elif outcome == "second half":
        _fill(cells, at + half, half, 255)
    elif outcome == "tail zeroed":
        _fill(cells, at + BLOCK_SIZE - half // 2, half // 2, 0)
    elif outcome == "half zeroed":
        _fill(cells, at + half, half, 0)
    elif outcome == "all zero":
        _fill(cells, at, BLOCK_SIZE, 0)
    elif outcome == "random head":
        _scramble(cells, at, _HEAD_SIZE, 255, 255)
    elif outcome == "random 0 to 1":
        _scramble(cells, at, BLOCK_SIZE, 255, 0)
    elif outcome == "random 1 to 0":
        _scramble(cells, at, BLOCK_SIZE, 0, 255)
    else:
        _scramble(cells, at, BLOCK_SIZE, 255, 255)


def _scramble(cells, at, size, rise, fall):
    """Flip random bits: those of `rise` may become ones, those of `fall` zeros."""
    word = random.getrandbits(30)
    for i in range(at, at + size):
        # A linear congruence (Numerical Recipes) is quicker than a call for each byte.
        word = word * 1664525 + 1013904223 & 0x3FFFFFFF
        bits = word >> 16 & 255
        cells[i] ^= bits & (~cells[i] & rise | cells[i] & fall)
