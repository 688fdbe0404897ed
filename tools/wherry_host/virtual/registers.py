"""The registers that a board's programs share with its supervisor, in the file `rtc.bin`.

The file holds the state that survives a crash of the program: RTC memory, the RTC clock, the reset
cause, the watchdog's deadline, Wi-Fi's state. The fields are listed in shim/_fields.py.
"""

import ctypes
import mmap
import struct
from pathlib import Path

from wherry_host.private import make_file
from wherry_host.virtual.shim._fields import FIELDS

# The offsets in shim/_board.py, and the contents besides the fields.
FIELDS_AT = 2048
LEVELS_AT = 3072  # input level of each pin, one byte per pin, written by the supervisor
OUTPUTS_AT = 3136  # output level of each pin, written by the board
PORTS_AT = 3200  # eight pairs of u16: the port the firmware names, the port on loopback
PORT_PAIRS = 8
FLASH_AT = 3264  # eight u32: FLASH_COUNTS, whether the flash is slow, and the time owed in us
FALLS_AT = 3296  # falling edges of each pin, mod 256, one byte per pin, by the supervisor
RISES_AT = 3360  # rising edges, likewise
NOW_AT = 3424  # i64: the true time in us, if time is virtual (year/vm)
IS_OVER_AT = 3432  # likewise: 1 after the end of a run, whose writes no longer reach the flash
# From 3584 on: the piece of flash being programmed, so that programming needs no heap.
ERASED_AT = 4096  # one block of 0xFF: the flash's erase needs no heap for it
SHARED_SIZE = 8192
MEMORY_SIZE = 2048
# The value of "wake_pin" while no pin wakes the board.
NO_PIN = 255

# The counts of a wake's flash operations.
FLASH_COUNTS = ("reads", "read_bytes", "programs", "program_bytes", "erases", "erase_bytes")
_FLASH_IS_SLOW_AT = FLASH_AT + 4 * len(FLASH_COUNTS)
_FLASH_OWED_AT = _FLASH_IS_SLOW_AT + 4

_INDEX = {name: FIELDS_AT + 8 * i for i, name in enumerate(FIELDS)}


def map_file(path, size):
    """Map a file shared with forked children; return (mmap, its address in memory)."""
    with Path(path).open("r+b") as file:
        pages = mmap.mmap(file.fileno(), size)
    return pages, ctypes.addressof(ctypes.c_char.from_buffer(pages))


class Registers:
    """Fields by name (`regs["reset_cause"]`, signed 64-bit), RTC memory, pins and ports."""

    def __init__(self, path):
        if not Path(path).exists():
            make_file(path).write_bytes(bytes(ERASED_AT) + b"\xff" * (SHARED_SIZE - ERASED_AT))
        self._map, self.address = map_file(path, SHARED_SIZE)

    def __getitem__(self, name):
        return struct.unpack_from("<q", self._map, _INDEX[name])[0]

    def __setitem__(self, name, value):
        struct.pack_into("<q", self._map, _INDEX[name], value)

    @property
    def flash(self):
        """The flash operations of the wake so far, including mount and loader, as a dict.

        It has a number for each of FLASH_COUNTS; for a wake that has ended, these are its totals.
        """
        counts = struct.unpack_from(f"<{len(FLASH_COUNTS)}I", self._map, FLASH_AT)
        return dict(zip(FLASH_COUNTS, counts, strict=True))

    @property
    def flash_owed_us(self):
        """The time in us that a slow flash has yet to spend."""
        return struct.unpack_from("<I", self._map, _FLASH_OWED_AT)[0]

    def set_flash_is_slow(self, is_slow):
        """Make the flash as slow as silicon, or instant."""
        struct.pack_into("<I", self._map, _FLASH_IS_SLOW_AT, is_slow)

    def clear_flash(self):
        """Reset the counts when a wake begins."""
        self._map[FLASH_AT:_FLASH_IS_SLOW_AT] = bytes(_FLASH_IS_SLOW_AT - FLASH_AT)

    @property
    def memory(self):
        """RTC memory: all 2,048 bytes, whatever length the program has set."""
        return self._map[:MEMORY_SIZE]

    @memory.setter
    def memory(self, content):
        self._map[: len(content)] = content
        self["memory_size"] = len(content)

    def set_ports(self, ports):
        """Map up to eight ports that the firmware names to ports on loopback."""
        if len(ports) > PORT_PAIRS:
            raise ValueError(f"{len(ports)} mapped ports, at most {PORT_PAIRS}")
        pairs = b"".join(struct.pack("<HH", *pair) for pair in ports.items())
        self._map[PORTS_AT : PORTS_AT + 4 * PORT_PAIRS] = pairs.ljust(4 * PORT_PAIRS, b"\0")

    def set_level(self, pin, level):
        """Drive a pin from outside, and count the edge if the level changes."""
        if level != self.level(pin):
            self._map[LEVELS_AT + pin] = level
            at = (RISES_AT if level else FALLS_AT) + pin
            self._map[at] = self._map[at] + 1 & 255

    def level(self, pin):
        """Return the level to which a pin is driven from outside."""
        return self._map[LEVELS_AT + pin]

    def output(self, pin):
        """Return the level that the program drives on a pin."""
        return self._map[OUTPUTS_AT + pin]
