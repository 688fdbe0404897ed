"""Edges on pins, for machine.time_pulse_us and Pin.irq; loaded only if a model has edges."""

import _board
import machine
import uctypes
from _board import call, now_us, outputs, wait_until

Pin = machine.Pin
_plain_value = Pin.value
# The pins that the program has raised since the last time_pulse_us.
_risen = []
# [pin, handler, trigger, falls seen, rises seen] of each pin that has a handler.
_handlers = []
# Counts of edges, one byte per pin, written by the supervisor.
_falls = uctypes.bytearray_at(_board._at + 3296, 64)
_rises = uctypes.bytearray_at(_board._at + 3360, 64)


def _value(self, level=None):
    if level and not outputs[self.id]:
        _risen.append(self.id)
    return _plain_value(self, level)


def _time_pulse_us(pin, level, timeout_us=1000000):
    asked = bytes((pin.id, level)) + timeout_us.to_bytes(4, "little") + bytes(_risen)
    del _risen[:]
    start_us = now_us()
    answer = call(b"E" + asked)
    wait_until(start_us + int.from_bytes(answer[:4], "little"))
    us = int.from_bytes(answer[4:], "little")
    return us - (us >> 31 << 32)


# The chip calls a handler between two instructions of the program; here, it is called while the
# program waits. In both cases no edge is lost.
def _pass_on():
    for entry in _handlers:
        pin, handler, trigger = entry[:3]
        for i, counts in enumerate((_falls, _rises)):
            while entry[3 + i] != counts[pin.id]:
                entry[3 + i] = entry[3 + i] + 1 & 255
                if trigger & (2, 1)[i]:
                    handler(pin)


def _irq(self, handler=None, trigger=3, *, wake=None):
    _handlers[:] = [entry for entry in _handlers if entry[0].id != self.id]
    if handler:
        _handlers.append([self, handler, trigger, _falls[self.id], _rises[self.id]])


Pin.value = Pin.__call__ = _value
Pin.irq = _irq
machine.time_pulse_us = _time_pulse_us
_board.pending = _pass_on
