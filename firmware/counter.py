"""A counter of pulses, as long as the node is awake. A pulse is a falling edge of its pin."""

import struct
import time

from micropython import const

_WORD = const(0xFFFF_FFFF)
# The longest wait for a contact that bounces before a sleep, in times of `debounce`.
_SETTLING_MAX = const(5)


class Counter:
    """The counter in 16 bytes of RTC memory, which pulses.py makes."""

    def __init__(self, memory, pin, debounce_ms):
        self._memory = memory
        self._pin = pin
        self._debounce_ms = debounce_ms
        self._edge_ms, self._is_quiet = time.ticks_ms(), True
        memory[13] = pin.value()

    def take(self):
        """Return the count, and what was added to it since the last call."""
        count, _, taken = struct.unpack_from("<III", self._memory)
        struct.pack_into("<I", self._memory, 8, count)
        # A difference of ticks is right for six days; a sample comes more often.
        self._is_quiet = self._is_quiet or self._passed_ms() >= self._debounce_ms
        return count, count - taken & _WORD

    def rest(self, due_ms):
        """Have the chip woken by the next edge; the next turn is due at an RTC time in ms."""
        import pulses

        # The level in the middle of bounces is not the one that stays.
        left = _SETTLING_MAX
        while left and not self._is_quiet and self._passed_ms() < self._debounce_ms:
            time.sleep_ms(self._debounce_ms)
            left -= 1
        pulses.rest(self._memory, self._pin, due_ms)

    def edge(self, pin):
        """Note an edge: the first one after a quiet time, from high to low, is a pulse."""
        is_first = self._is_quiet or self._passed_ms() >= self._debounce_ms
        self._edge_ms, self._is_quiet = time.ticks_ms(), False
        # The level before this edge: that after the one before it, and its bounces.
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
