"""Pulses on pins, counted in RTC memory: the counts outlive deep sleep, resets and crashes.

A pulse is a falling edge: a contact to ground closes. docs/spec.md has the bytes of a counter.
"""

import struct
import time

import chip
import machine
from micropython import const

# In RTC memory, see wherry/stage/memory.py.
_PULSES_AT = const(1680)
_COUNTER_SIZE = const(16)
_COUNT_MAX = const(2)
# After the counters: when the next turn is due, as ms of the RTC.
_DUE_AT = const(32)
_WORD = const(0xFFFF_FFFF)
# Below this a deep sleep costs more than it saves.
_SLEEP_MS_MIN = const(1_000)

# The pins of the counters that were made, in the order of their places.
_numbers = []


class Counter:
    """The counter of a pin; pulses within `debounce_ms` of an edge are bounces of a contact.

    OSError where a board has more counters than there is room for, or too old a MicroPython.
    """

    def __init__(self, number, debounce_ms):
        if not hasattr(machine, "mem_backup"):
            raise OSError("pulse needs MicroPython 1.29: run `wherry flash`")
        if len(_numbers) == _COUNT_MAX:
            raise OSError("more than %d pins" % _COUNT_MAX)
        at = _PULSES_AT + _COUNTER_SIZE * len(_numbers)
        _numbers.append(number)
        self._memory = memoryview(machine.mem_backup())[at : at + _COUNTER_SIZE]
        self._debounce_ms = debounce_ms
        self._pin = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
        was_high = self._restore(number)
        self._edge_ms, self._is_quiet = time.ticks_ms(), True
        self._is_high = self._pin.value()
        if was_high and not self._is_high:
            # It fell while no program ran.
            self._add()
        self._memory[13] = self._is_high
        both = machine.Pin.IRQ_FALLING | machine.Pin.IRQ_RISING
        trigger = both if debounce_ms else machine.Pin.IRQ_FALLING
        self._pin.irq(self._edge if debounce_ms else self._add, trigger)

    def take(self):
        """Return the count, and what was added to it since the last call."""
        count, _, taken = struct.unpack_from("<III", self._memory)
        struct.pack_into("<I", self._memory, 8, count)
        # A difference of ticks is right for six days; a sample comes more often.
        self._is_quiet = self._is_quiet or self._passed_ms() >= self._debounce_ms
        return count, count - taken & _WORD

    def rest(self, due_ms):
        """Have the chip woken by the next edge; the next turn is due at an RTC time in ms."""
        struct.pack_into("<q", machine.mem_backup(), _PULSES_AT + _DUE_AT, due_ms)
        _arm(self._pin, self._memory)

    def _restore(self, number):
        """Take up the count in RTC memory, or begin one; return whether the pin was high."""
        count, complement, taken = struct.unpack_from("<III", self._memory)
        # A reset may come between the two writes of `_add`.
        if count + complement - _WORD in (0, 1) and self._memory[12] == number:
            was_high = self._memory[13]
            self._put(count)
        else:
            was_high = count = taken = 0
            self._put(0)
        head = taken, number, was_high, self._debounce_ms
        struct.pack_into("<IBBH", self._memory, 8, *head)
        return was_high

    def _edge(self, pin):
        is_first = self._is_quiet or self._passed_ms() >= self._debounce_ms
        self._edge_ms, self._is_quiet = time.ticks_ms(), False
        # The level before this edge: that after the one before it, and its bounces.
        if is_first and self._is_high:
            self._add()
        self._is_high = self._memory[13] = pin.value()

    def _passed_ms(self):
        return time.ticks_diff(time.ticks_ms(), self._edge_ms)

    def _add(self, _=None):
        (count,) = struct.unpack_from("<I", self._memory)
        self._put(count + 1 & _WORD)

    def _put(self, count):
        put(self._memory, count)


def put(memory, count):
    """Write a count and its complement."""
    struct.pack_into("<I", memory, 0, count)
    struct.pack_into("<I", memory, 4, count ^ _WORD)


def woken():
    """Count the edge that has woken the chip, and sleep on unless a turn is due."""
    backup = memoryview(machine.mem_backup())
    memory = backup[_PULSES_AT : _PULSES_AT + _COUNTER_SIZE]
    count, complement = struct.unpack_from("<II", memory)
    if count ^ complement != _WORD:
        return
    number, was_high, debounce_ms = struct.unpack_from("<BBH", memory, 12)
    pin = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
    if was_high:
        # A contact that has closed and opened again before now is a pulse too.
        put(memory, count + 1 & _WORD)
    memory[13] = 0
    time.sleep_ms(debounce_ms)
    memory[13] = pin.value()
    (due_ms,) = struct.unpack_from("<q", backup, _PULSES_AT + _DUE_AT)
    left_ms = due_ms - chip.rtc_ms()
    if left_ms >= _SLEEP_MS_MIN:
        _arm(pin, memory)
        machine.deepsleep(left_ms)


def _arm(pin, memory):
    """Have the chip woken when the pin gets the level that it has not now."""
    import esp32

    level = not memory[13]
    if hasattr(esp32, "wake_on_ext0"):
        esp32.wake_on_ext0(pin, level)
    else:
        # A chip without ext0, such as the ESP32-C3 and C6.
        esp32.wake_on_gpio((pin,), level)
