"""The registers that the program of the engine `vm` shares with its world, in memory."""

import mmap
import os
import struct

from wherry_host.virtual.registers import (
    ERASED_AT,
    FIELDS_AT,
    IS_OVER_AT,
    LEVELS_AT,
    MEMORY_SIZE,
    NO_PIN,
    NOW_AT,
    OUTPUTS_AT,
    SHARED_SIZE,
)
from wherry_host.virtual.shim._fields import FIELDS

_PINS = 64


def memory_file(name, size):
    """Return the descriptor of a file in memory, and its bytes as an mmap."""
    descriptor = os.memfd_create(name)
    os.ftruncate(descriptor, size)
    return descriptor, mmap.mmap(descriptor, size)


class Registers:
    """The fields of virtual/shim/_fields.py as attributes, RTC memory, and the pins."""

    def __init__(self):
        self.descriptor, self._map = memory_file("registers", SHARED_SIZE)
        self._map[ERASED_AT:] = b"\xff" * (SHARED_SIZE - ERASED_AT)
        view = memoryview(self._map)
        #: RTC memory, and the levels of the pins.
        self.memory = view[:MEMORY_SIZE]
        self.outputs = view[OUTPUTS_AT : OUTPUTS_AT + _PINS]
        self.levels = view[LEVELS_AT : LEVELS_AT + _PINS]
        self.levels[:] = b"\x01" * _PINS
        self.wake_pin = NO_PIN

    def __getitem__(self, name):
        return getattr(self, name)

    def __setitem__(self, name, value):
        setattr(self, name, value)

    @property
    def is_over(self):
        """Whether the run has ended: what the program still writes does not reach the flash."""
        return bool(self._map[IS_OVER_AT])

    @is_over.setter
    def is_over(self, value):
        self._map[IS_OVER_AT] = value

    def set_clock(self, true_us):
        """Show the program the true time."""
        struct.pack_into("<q", self._map, NOW_AT, true_us)


def _field(at):
    form = struct.Struct("<q")

    def get(self):
        return form.unpack_from(self._map, at)[0]

    def set_to(self, value):
        form.pack_into(self._map, at, value)

    return property(get, set_to)


for _number, _name in enumerate(FIELDS):
    setattr(Registers, _name, _field(FIELDS_AT + 8 * _number))
