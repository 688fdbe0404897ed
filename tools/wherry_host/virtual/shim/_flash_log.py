"""Log each program and erase of the flash, for the account of a run; see virtual/flash_log.py.

Once loaded, this code does not allocate, because the garbage collector may close a file.
"""

from os import getenv

import uctypes
from _board import now_us

_file = open(getenv("FLASH") + ".log", "ab", 0)
_head = bytearray(17)
_fields = uctypes.struct(
    uctypes.addressof(_head),
    {
        "time": uctypes.UINT64 | 0,
        "at": uctypes.UINT32 | 8,
        "size": uctypes.UINT32 | 12,
        "kind": uctypes.UINT8 | 16,
    },
    uctypes.LITTLE_ENDIAN,
)
_DONE = b"\xd5"
_program = _control = None


def _begin(kind, at, size):
    _fields.time = now_us()
    _fields.kind = kind
    _fields.at = at
    _fields.size = size
    _file.write(_head)


def _write(self, block, buf, offset=None):
    if offset is None:
        for i in range(len(buf) // 4096):
            self.ioctl(6, block + i)
        offset = 0
    _begin(2, self.start + block * 4096 + offset, len(buf))
    _file.write(buf)
    _program(self, block, buf, offset)
    _file.write(_DONE)


def _ioctl(self, request, block):
    if request != 6:
        return _control(self, request, block)
    _begin(4, self.start + block * 4096, 4096)
    _control(self, request, block)
    _file.write(_DONE)
    return 0


def log(flash):
    """Start to log the flash operations of this class."""
    global _program, _control
    _program, _control = flash.writeblocks, flash.ioctl
    flash.writeblocks, flash.ioctl = _write, _ioctl
