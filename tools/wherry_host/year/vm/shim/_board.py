"""The board's side of the shared registers and of the link, on virtual time.

It has the names of virtual/shim/_board.py that the other shims use. The environment variable BOARD
has the address of the registers, the descriptor of the link, and the address and the size of the
flash. The world answers all requests, and sets the clock in the registers before each answer.
"""

import uctypes
from os import getenv

import _fields

_words = getenv("BOARD").split()
_at = int(_words[0])
regs = uctypes.struct(
    _at,
    {
        name: (uctypes.INT64 if name in _fields.LONG_FIELDS else uctypes.UINT32) | 2048 + 8 * i
        for i, name in enumerate(_fields.FIELDS)
    },
)
memory = uctypes.bytearray_at(_at, 2048)
levels = uctypes.bytearray_at(_at + 3072, 64)
outputs = uctypes.bytearray_at(_at + 3136, 64)
erased = uctypes.bytearray_at(_at + 4096, 4096)


# As in virtual/shim/_board.py: two words make a small int, an INT64 does not.
def _halves(at):
    low = uctypes.struct(at, {"values": (uctypes.ARRAY, 16 | uctypes.UINT32)}).values
    return low, uctypes.struct(at, {"values": (uctypes.ARRAY, 16 | uctypes.INT32)}).values


_low, _high = _halves(_at + 2048)
# The true time, and whether the run is over.
_world_low, _world_high = _halves(_at + 3424)
_link = open(int(_words[1]), "r+b", 0)
flash = memoryview(uctypes.bytearray_at(int(_words[2]), int(_words[3])))
_head = bytearray(8)
# The statuses of an answer besides 0 and an errno.
_TEXT, _UNKNOWN, _BAD_VALUE, _END = 0xFFFF, 0xFFFE, 0xFFFD, 0xFFFC
_KINDS = {_TEXT: OSError, _UNKNOWN: RuntimeError, _BAD_VALUE: ValueError}


def is_over():
    return _world_low[2]


def now_us():
    return _world_high[1] << 32 | _world_low[0]


def ticks_us():
    return now_us() - (_high[7] << 32 | _low[6]) + (_high[9] << 32 | _low[8])


def rtc_us():
    passed = now_us() - (_high[1] << 32 | _low[0])
    return (_high[3] << 32 | _low[2]) + passed + passed * (_high[5] << 32 | _low[4]) // 1000000000


def set_rtc_us(value):
    regs.base_true_us = now_us()
    regs.base_rtc_us = value


def wait_until(end_us):
    call(b"t" + end_us.to_bytes(8, "little"))


def rare(words, name):
    for each in words.split():
        if each.startswith(name + "="):
            return int(each[len(name) + 1 :])
    raise AttributeError(name)


def call(request):
    _link.write(request)
    got = _link.readinto(_head)
    size, status = _head[0] | _head[1] << 8, _head[2] | _head[3] << 8
    if got < 8 or status == _END:
        raise SystemExit
    content = bytes(_head[4 : 4 + size]) if size <= 4 else bytes(_head[4:]) + _link.read(size - 4)
    if not status:
        return content
    if status in _KINDS:
        raise _KINDS[status](str(content, "utf-8"))
    raise OSError(status if status < 0x8000 else status - 0x10000)
