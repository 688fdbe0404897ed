"""Pulse counters in RTC memory: created, armed before a deep sleep, and resumed on wake.

Loaded on demand; counter.py is the resident part. docs/spec.md has the format.
"""

import struct
import time

import chip
import machine
from counter import Counter, put
from micropython import const

# The place in RTC memory; see wherry/stage/memory.py.
_PULSES_AT = const(1680)
_COUNTER_SIZE = const(16)
_COUNT_MAX = const(2)
# In the place of the second counter, which a node on battery does not use: the RTC time in ms
# after which an edge brings the next sample forward, and which edges do.
_FREE_AT = const(16)
_FREE = "<qB"
PULSE = const(1)
LEVEL = const(2)
# After the counters: when the next turn is due, as an RTC time in ms.
_DUE_AT = const(32)
# Offsets in a copy of the state.
_ZERO_MS_AT = const(12)
_SAMPLE_DUE_AT = const(69)
_WORD = const(0xFFFF_FFFF)
# The longest wait for a closed contact to open.
_OPENING_MS_MAX = const(1_000)
_OPENING_STEP_MS = const(10)
# A deep sleep shorter than this costs more than it saves.
_SLEEP_MS_MIN = const(1_000)

# The pins of the created counters, in the order of their places.
_numbers = []


def made(number, debounce_ms, at_once_ms, is_level):
    """Return the Counter of a pin; pulses within `debounce_ms` of an edge are its bounces.

    Raises OSError if there is no room for another counter, or if MicroPython is too old.
    """
    if not hasattr(machine, "mem_backup"):
        raise OSError("a counter needs MicroPython 1.29: run `wherry flash`")
    if len(_numbers) == _COUNT_MAX:
        raise OSError("more than %d pins" % _COUNT_MAX)
    memory = _memory(len(_numbers))
    _numbers.append(number)
    was_high = _restore(memory, number, debounce_ms)
    pin = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
    counter = _counter(memory, pin, debounce_ms, at_once_ms, is_level)
    if was_high and not memory[13]:
        # The pin went low while no program ran.
        counter.add()
    both = machine.Pin.IRQ_FALLING | machine.Pin.IRQ_RISING
    trigger = both if debounce_ms else machine.Pin.IRQ_FALLING
    pin.irq(counter.edge if debounce_ms else counter.add, trigger)
    return counter


def _counter(memory, pin, debounce_ms, at_once_ms, is_level):
    if at_once_ms is None:
        return Counter(memory, pin, debounce_ms)
    from at_once import AtOnce

    return AtOnce(memory, pin, debounce_ms, at_once_ms, is_level)


def _restore(memory, number, debounce_ms):
    """Resume the count in RTC memory, or start at 0; return whether the pin was high."""
    count, complement, taken = struct.unpack_from("<III", memory)
    was_high = memory[13]
    # A reset may occur between the two writes of `put`.
    if count + complement - _WORD not in (0, 1) or memory[12] != number:
        was_high = count = taken = 0
    put(memory, count)
    struct.pack_into("<IBBH", memory, 8, taken, number, was_high, debounce_ms)
    return was_high


def rest(memory, pin, due_ms):
    """Arm a wake by the next edge; the next turn is due at `due_ms`, an RTC time."""
    put_free(0, 0)
    _put_due(due_ms)
    _arm(pin, memory)


def put_free(free_ms, kind):
    """Let an edge after `free_ms`, an RTC time, bring the next sample forward.

    `kind` is PULSE, LEVEL for any edge, or 0 for no edge.
    """
    struct.pack_into(_FREE, _backup(), _PULSES_AT + _FREE_AT, free_ms, kind)


def woken():
    """Count the edge that woke the chip, and sleep again unless a turn is due."""
    memory = _memory(0)
    count, complement = struct.unpack_from("<II", memory)
    if count ^ complement != _WORD:
        return
    number, was_high, debounce_ms = struct.unpack_from("<BBH", memory, 12)
    pin = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
    if was_high:
        # A contact that has already opened again is also a pulse.
        put(memory, count + 1 & _WORD)
    memory[13] = 0
    time.sleep_ms(debounce_ms)
    memory[13] = pin.value()
    (due_ms,) = struct.unpack_from("<q", _backup(), _PULSES_AT + _DUE_AT)
    free_ms, kind = struct.unpack_from(_FREE, _backup(), _PULSES_AT + _FREE_AT)
    now_ms = chip.rtc_ms()
    if kind == LEVEL or (kind == PULSE and was_high):
        due_ms = min(due_ms, max(now_ms, free_ms))
        _bring_forward(due_ms)
    left_ms = due_ms - now_ms
    if left_ms >= _SLEEP_MS_MIN:
        _put_due(due_ms)
        _arm(pin, memory)
        machine.deepsleep(left_ms)


def _bring_forward(due_ms):
    """Make the node sample at `due_ms`, an RTC time, in this wake or the next."""
    from wherry.stage.newest import newest_copy
    from wherry.stage.rewrite import rewrite

    sequence, copy = newest_copy(_backup())
    if copy:
        zero_ms, sample_due = [
            struct.unpack_from("<q", copy, at)[0] for at in (_ZERO_MS_AT, _SAMPLE_DUE_AT)
        ]
        if due_ms - zero_ms < sample_due:
            content = struct.pack("<q", due_ms - zero_ms)
            rewrite(_backup(), sequence, copy, _SAMPLE_DUE_AT, content)


def _put_due(due_ms):
    struct.pack_into("<q", _backup(), _PULSES_AT + _DUE_AT, due_ms)


def _backup():
    return memoryview(machine.mem_backup())  # pyright: ignore[reportArgumentType]


def _memory(place):
    at = _PULSES_AT + _COUNTER_SIZE * place
    return _backup()[at : at + _COUNTER_SIZE]


def _arm(pin, memory):
    """Arm a wake by the next edge, if the chip can wake from the contact's current level."""
    import esp32

    if hasattr(esp32, "wake_on_ext0"):
        esp32.wake_on_ext0(pin, not memory[13])
        return
    (debounce_ms,) = struct.unpack_from("<H", memory, 14)
    # The ESP32-C3 and C6 lack ext0. Their wake by a high level switches on a pull-down, which is
    # stronger than most pull-ups: wait for the contact to open, or only the timer wakes the chip.
    left_ms = _OPENING_MS_MAX
    while left_ms > 0 and not pin.value():
        time.sleep_ms(_OPENING_STEP_MS)
        left_ms -= _OPENING_STEP_MS
    # The contact also bounces when it opens.
    time.sleep_ms(debounce_ms)
    memory[13] = pin.value()
    if memory[13]:
        esp32.wake_on_gpio((pin,), False)
