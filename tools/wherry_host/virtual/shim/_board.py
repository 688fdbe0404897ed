"""The board's side of the shared registers, the true clock and the link to its supervisor.

The environment variable BOARD has the addresses of the registers and of the clock, the link's
descriptor and, if the flash has a partition table, the place and size of the filesystem. Only
`call` allocates memory.
"""

import uctypes
import utime
from os import getenv

import _fields

_words = getenv("BOARD").split()
_at = int(_words[0])
_clock_at = int(_words[1])
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
ports = uctypes.bytearray_at(_at + 3200, 32)
# The flash's reads, bytes read, programs, bytes programmed, erases, bytes erased, a flag for a
# slow flash, and the time owed in us. They are numbers, not fields, because each name takes heap.
flash = uctypes.struct(_at + 3264, {"values": (uctypes.ARRAY, 8 | uctypes.UINT32)}).values
erased = uctypes.bytearray_at(_at + 4096, 4096)
clock = uctypes.struct(_clock_at, {"scale": uctypes.UINT32 | 16, "count": uctypes.UINT32 | 20})


# Reading an INT64 always allocates a long int, and so does all arithmetic with it; two words
# combined make a small int.
def _halves(at):
    low = uctypes.struct(at, {"values": (uctypes.ARRAY, 16 | uctypes.UINT32)}).values
    return low, uctypes.struct(at, {"values": (uctypes.ARRAY, 16 | uctypes.INT32)}).values


_low, _high = _halves(_at + 2048)
_clock_low, _clock_high = _halves(_clock_at)
_link = open(int(_words[2]), "r+b", 0)


def now_us():
    while True:
        count = clock.count
        mono_us = (_clock_high[1] << 32 | _clock_low[0]) // 1000
        true_us = _clock_high[3] << 32 | _clock_low[2]
        now = true_us + (utime.ticks_us() - mono_us) * clock.scale // 1000
        if not count & 1 and clock.count == count:
            return now


def ticks_us():
    boot_true_us = _high[7] << 32 | _low[6]
    return now_us() - boot_true_us + (_high[9] << 32 | _low[8])


def _passed_us():
    # The RTC's count since its base: true time plus drift.
    passed = now_us() - (_high[1] << 32 | _low[0])
    return passed + passed * (_high[5] << 32 | _low[4]) // 1000000000


def rtc_us():
    return (_high[3] << 32 | _low[2]) + _passed_us()


def set_rtc_us(value):
    # One store sets the clock: a kill before it leaves the old time, a kill after it the new time.
    regs.base_rtc_us = value - _passed_us()
    call(b"C")


# Counts a read (kind 0), a program (2) or an erase (4) of a number of bytes. If the flash is as
# slow as silicon, a read takes 75 us and 0.1 us per byte, an erase 45 ms. No exception is raised
# here, inside littlefs.
def count(kind, size):
    flash[kind] += 1
    flash[kind + 1] += size
    if not flash[6] or kind == 2:
        return
    flash[7] += 45000 if kind else 75 + size // 10
    owed_us = flash[7]
    # The time owed is slept in one piece, because a short sleep takes longer than requested.
    if owed_us >= 20000:
        start = now_us()
        utime.sleep_us(owed_us * 1000 // clock.scale)
        flash[7] = max(owed_us - (now_us() - start), 0)


def interruptible():
    # Ctrl-C is raised here and not in a signal handler, which could corrupt a busy littlefs.
    if regs.interrupt:
        regs.interrupt = 0
        raise KeyboardInterrupt


# A function that runs while a program waits, or None.
pending = None


def wait_until(end_us):
    while True:
        interruptible()
        if pending:
            pending()
        left_us = end_us - now_us()
        if left_us <= 0:
            return
        utime.sleep_us(min(left_us * 1000 // clock.scale + 1, 20000))


def rare(words, name):
    # The chip has these rarely used names in its ROM, but here each would take heap.
    for each in words.split():
        if each.startswith(name + "="):
            return int(each[len(name) + 1 :])
    raise AttributeError(name)


def call(request):
    _link.write(len(request).to_bytes(2, "little") + request)
    reply = _link.read(int.from_bytes(_link.read(2), "little"))
    status = int.from_bytes(reply[:2], "little")
    if status >= 0xFFFE:
        raise (RuntimeError if status == 0xFFFE else OSError)(str(reply[2:], "utf-8"))
    if status:
        raise OSError(status if status < 0x8000 else status - 0x10000)
    return reply[2:]
