"""Sensors on single pins: drivers frozen in stock images, echoes, pulses."""

import time

import machine
from micropython import const

_TRIGGER_US = const(10)


def dht(number):
    """Return a dht.DHT22 on a pin; its `measure` also reads a DHT11's bytes."""
    import dht  # pyright: ignore[reportMissingImports]

    return dht.DHT22(machine.Pin(number))


def ds18x20(number):
    """Return the ds18x20.DS18X20 of the 1-Wire bus on a pin."""
    import ds18x20  # pyright: ignore[reportMissingImports]
    import onewire  # pyright: ignore[reportMissingImports]

    return ds18x20.DS18X20(onewire.OneWire(machine.Pin(number)))


def echo_us(trigger, echo, timeout_us):
    """Send a pulse on one pin and return how long another pin is then high, in us.

    Return -1 if it is still high at the timeout, and -2 if it stays low until the timeout.
    """
    out = machine.Pin(trigger, machine.Pin.OUT, value=0)
    answer = machine.Pin(echo, machine.Pin.IN)
    out(1)
    time.sleep_us(_TRIGGER_US)
    out(0)
    return machine.time_pulse_us(answer, 1, timeout_us)


def pulses(number, debounce_ms, at_once_ms, is_level=False):
    """Return the counter.Counter of a pin."""
    from pulses import made

    return made(number, debounce_ms, at_once_ms, is_level)
