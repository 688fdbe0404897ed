"""The device models on single pins: analog models, 1-Wire buses, DHT sensors, echoes."""

from functools import partial

from wherry_host.virtual.chips.onewire_chip import OneWireChip
from wherry_host.virtual.chips.tables import ENODEV, ETIMEDOUT, REFUSALS, RefusedError
from wherry_host.virtual.devices.chip import celsius


class Pins:
    """Answers a program's requests to pins; `fault_of(device, now_us)` and `has_power(device)`
    are functions of the bus; a device with the fault "bad" sends the surroundings' random bits.
    """

    def __init__(self, devices, fault_of, has_power, surroundings):
        self.analog = {d.pin: d for d in devices if hasattr(d, "read_uv")}
        self._dhts = {d.pin: d for d in devices if hasattr(d, "answer")}
        self._wires = [d for d in devices if isinstance(d, OneWireChip)]
        self._echoes = {d.echo: d for d in devices if hasattr(d, "echo_us")}
        # The program may read the chip's temperature without a sensor.
        chips = [d for d in devices if hasattr(d, "read_celsius")]
        self.read_celsius = chips[0].read_celsius if chips else partial(celsius, surroundings)
        self._fault_of, self._has_power = fault_of, has_power
        self._chance = surroundings.random
        # {pin of a 1-Wire bus: {chip that answered the last reset: its fault}}.
        self._present = {}

    def forget(self):
        """Drop the incomplete requests of a program that has ended."""
        for device in self._dhts.values():
            device.forget()

    def read_uv(self, pin, is_new, now_us):
        """Return the voltage at an analog pin; 0 if nothing is connected.

        `is_new` is True for a new converter of the program; the conversions of a converter are a
        series.
        """
        device = self.analog.get(pin)
        if not device:
            return 0
        device.series += is_new
        return device.read_uv(now_us)

    def read_dht(self, pin, now_us):
        """Return the five bytes of a DHT; raises RefusedError(ETIMEDOUT) without an answer."""
        device = self._dhts.get(pin)
        fault = self._fault_of(device, now_us) if device else "absent"
        if fault and device:
            device.missed(now_us)
        if fault in REFUSALS or not self._has_power(device):
            raise RefusedError(ETIMEDOUT)
        data = device.answer(now_us)
        return self._chance.randbytes(len(data)) if fault == "bad" else data

    def time_pulse(self, pin, level, timeout_us, raised, now_us):
        """Return (us that pass, result of machine.time_pulse_us) for a pin.

        `raised` are the pins that the program has raised before: a trigger starts an echo.
        """
        device = self._echoes.get(pin)
        fault = self._fault_of(device, now_us) if device and device.trigger in raised else "absent"
        if fault in REFUSALS or not level or not self._has_power(device):
            return timeout_us, -2
        delay_us, high_us = device.echo_us(now_us)
        if fault:
            device.missed(now_us)
        if fault == "bad":
            high_us = self._chance.randrange(timeout_us)
        if delay_us >= timeout_us:
            return timeout_us, -2
        if device.stuck or high_us >= timeout_us:
            return delay_us + timeout_us, -1
        return delay_us + high_us, high_us

    def slot(self, what, pin, value, now_us):
        """Carry out one or eight time slots of a 1-Wire bus; return a bit or a byte."""
        if what == b"r":
            return self._reset(pin, now_us)
        if what == b"b":
            return self._read_bit(pin, now_us)
        if what == b"g":
            return sum(self._read_bit(pin, now_us) << i for i in range(8))
        count = {b"B": 1, b"w": 8}.get(what)
        if count is None:
            raise RefusedError(ENODEV)
        for chip, fault in self._present.get(pin, {}).items():
            if fault:
                # The chip's following bytes then count as garbage.
                self._fault_of(chip, now_us)
            for i in range(count):
                chip.write_bit(value >> i & 1, now_us)
        return 0

    def _reset(self, pin, now_us):
        self._present[pin] = {}
        for chip in self._wires:
            if chip.pin != pin or not self._has_power(chip):
                continue
            fault = self._fault_of(chip, now_us)
            if fault:
                chip.missed(now_us)
            if fault not in REFUSALS:
                chip.reset()
                self._present[pin][chip] = fault
        return int(bool(self._present[pin]))

    def _read_bit(self, pin, now_us):
        # Any chip may pull the wire down.
        found = 1
        for chip, fault in self._present.get(pin, {}).items():
            bit = chip.read_bit(now_us)
            found &= self._chance.getrandbits(1) if fault == "bad" else bit
        return found
