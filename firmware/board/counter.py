"""A counter of pulses while the node is awake. A pulse is a falling edge of its pin."""

import struct
import time

from micropython import const

_WORD = const(0xFFFF_FFFF)
# The longest wait before a sleep for a bouncing contact, in multiples of `debounce`.
_SETTLING_MAX = const(5)


class Counter:
    """A counter in 16 bytes of RTC memory, created by pulses.py."""

    def __init__(self, memory, pin, debounce_ms):
        self._memory = memory
        self._pin = pin
        self._debounce_ms = debounce_ms
        self._edge_ms, self._is_quiet = time.ticks_ms(), True
        memory[13] = pin.value()

    def take(self):
        """Return the count, and its increase since the last call."""
        count, _, taken = struct.unpack_from("<III", self._memory)
        struct.pack_into("<I", self._memory, 8, count)
        # A difference of ticks is valid for six days; samples are more frequent.
        self._is_quiet = self._is_quiet or self._passed_ms() >= self._debounce_ms
        return count, count - taken & _WORD

    def rest(self, due_ms):
        """Arm a wake by the next edge; the next turn is due at `due_ms`, an RTC time."""
        import pulses

        # The level during bounces is not the final level.
        left = _SETTLING_MAX
        while left and not self._is_quiet and self._passed_ms() < self._debounce_ms:
            time.sleep_ms(self._debounce_ms)
            left -= 1
        pulses.rest(self._memory, self._pin, due_ms)

    def edge(self, pin):
        """Handle an edge: the first edge after a quiet time, if from high to low, is a pulse."""
        is_first = self._is_quiet or self._passed_ms() >= self._debounce_ms
        self._edge_ms, self._is_quiet = time.ticks_ms(), False
        # memory[13] is the level before this edge, after the previous edge and its bounces.
        if is_first and self._memory[13]:
            self.add()
        self._memory[13] = pin.value()

    def add(self, _=None):
        """Count a pulse."""
        (count,) = struct.unpack_from("<I", self._memory)
        put(self._memory, count + 1 & _WORD)

    def _passed_ms(self):
        return time.ticks_diff(time.ticks_ms(), self._edge_ms)


def put(memory, count):
    """Write a count and its complement."""
    struct.pack_into("<I", memory, 0, count)
    struct.pack_into("<I", memory, 4, count ^ _WORD)
