"""The supervisor's end of the shims' link: it answers a program's requests from the models.

A request is a u16 length and bytes, the first of which is a letter. An answer is a u16 length, a
signed status (0, an errno of the chip, or -1 for a message) and bytes.
"""

import ast
import json
import struct
from functools import lru_cache

from wherry_host.virtual import beacons
from wherry_host.virtual.chips.tables import ENODEV, REFUSALS, RefusedError
from wherry_host.virtual.pins import Pins
from wherry_host.virtual.uart import Uart
from wherry_host.virtual.wifi import UnknownWifiError, WifiError

_CACHED_COUNT_MAX = 256
_TRANSFER = struct.Struct("<BBBH")


class Bus:
    """The devices of a board and the radios, reached through one link."""

    def __init__(self, devices, wifi, resolver, clock, surroundings, heard=None, level_of=None):
        self.wifi, self.resolver = wifi, resolver
        chance = surroundings.random
        self.by_address = {(*d.wires, d.address): d for d in devices if hasattr(d, "address")}
        self._devices = devices
        # The stock images' modules that the drivers of these devices use; a board has no others.
        self.frozen = sorted({name for d in devices for name in getattr(d, "FROZEN", ())})
        self.pins = Pins(devices, self._fault_of, self._has_power, surroundings)
        self.by_uart = {d.wires: Uart(d, chance) for d in devices if hasattr(d, "arrived")}
        # {number of a UART that a program has opened: device at its RX}.
        self._uarts = {}
        self.heard = heard
        # The levels of the pins that the program drives; an unpowered device does not answer.
        self._level_of = level_of
        self._faults = {}
        self._clock, self._random = clock, chance
        self._struck = surroundings.struck
        self._pending = b""

    def set_fault(self, name, fault):
        """Set a device's fault ("absent", "nak", "timeout", "bad" or "stuck"); None repairs it."""
        for device in self._devices:
            if device.name == name:
                device.stuck = fault == "stuck"
        self._faults[name] = fault

    def forget(self):
        """Drop the incomplete requests of a program that has ended."""
        self._pending = b""
        self.pins.forget()
        self._uarts.clear()
        for uart in self.by_uart.values():
            uart.close()

    def take(self, received):
        """Yield the requests that are now complete."""
        self._pending += received
        while len(self._pending) >= 2:
            size = struct.unpack_from("<H", self._pending)[0]
            if len(self._pending) < 2 + size:
                return
            request = self._pending[2 : 2 + size]
            self._pending = self._pending[2 + size :]
            yield request

    def answer(self, request):
        """Return the complete answer to a request that needs only the models."""
        try:
            return frame(0, self.ask(request[:1], request[1:]))
        except RefusedError as error:
            return frame(error.args[0], b"")
        except WifiError as error:
            return frame(-2 if isinstance(error, UnknownWifiError) else -1, str(error).encode())

    def ask(self, letter, content):
        """Return the bytes that answer a request; raises RefusedError or WifiError."""
        now_us = self._clock.now_us()
        if letter == b"A":
            return self.pins.read_uv(content[0], content[1], now_us).to_bytes(4, "little")
        if letter == b"I":
            return self._transfer(content, now_us)
        if letter == b"S":
            there = [
                device.address
                for place, device in self.by_address.items()
                if place[:2] == tuple(content)
                and self._faults.get(device.name) != "absent"
                and self._has_power(device)
            ]
            return bytes(sorted(there))
        if letter == b"O":
            return bytes((self.pins.slot(content[:1], content[1], content[2], now_us),))
        if letter == b"M":
            return self.pins.read_dht(content[0], now_us)
        if letter == b"E":
            return self._time_pulse(content, now_us)
        if letter == b"U":
            return self._ask_uart(content[:1], content[1], content[2:], now_us)
        if letter == b"B":
            duration_ms = int.from_bytes(content, "little")
            found = beacons.heard(self.heard, duration_ms, self._random)
            return json.dumps(found).encode()
        if letter == b"W":
            answer = self.wifi.ask(now_us, *_arguments(content))
            return json.dumps(_marked(answer)).encode()
        if letter == b"D":
            self.resolver.ask(content.decode(), now_us)
            return b""
        if letter == b"d":
            return self._resolved()
        if letter == b"L":
            self.wifi.drop()
            return b""
        if letter == b"T":
            celsius = self.pins.read_celsius(now_us)
            return celsius.to_bytes(2, "little", signed=True)
        raise RefusedError(ENODEV)

    def _time_pulse(self, content, now_us):
        pin, level, timeout_us = struct.unpack_from("<BBI", content)
        passed_us, found = self.pins.time_pulse(pin, level, timeout_us, content[6:], now_us)
        return struct.pack("<Ii", passed_us, found)

    def _ask_uart(self, what, number, content, now_us):
        if what == b"o":
            self._open_uart(number, *struct.unpack("<IHBB", content), now_us)
            return b""
        uart = self._uarts.get(number)
        if not uart:
            # Nothing is connected to the bus's pins.
            return b""
        fault = self._fault_of(uart.device, now_us)
        if what == b"c":
            uart.close()
        elif what == b"a":
            return uart.waiting(now_us, fault).to_bytes(2, "little")
        elif what == b"r":
            return uart.read(int.from_bytes(content, "little"), now_us, fault)
        elif what == b"w":
            uart.write(content, now_us, fault)
        return b""

    def _open_uart(self, number, baud, size, tx, rx, now_us):
        if number in self._uarts:
            self._uarts.pop(number).close()
        for wires, uart in self.by_uart.items():
            if wires[1] == rx:
                self._uarts[number] = uart
                uart.open(baud, size, wires[0] == tx, now_us)

    def _fault_of(self, device, now_us):
        """Return the fault that an access meets, or None."""
        fault = self._faults.get(device.name)
        if fault:
            self._struck(now_us, device.name, fault)
        return fault

    def _has_power(self, device):
        return device.power_pin is None or self._level_of(device.power_pin)

    def _resolved(self):
        if self.resolver.failed:
            raise RefusedError(self.resolver.failed)
        return self.resolver.address.encode()

    def _transfer(self, content, now_us):
        *place, count = _TRANSFER.unpack_from(content)
        written = content[_TRANSFER.size :]
        device = self.by_address.get(tuple(place))
        if device is None or not self._has_power(device):
            raise RefusedError(ENODEV)
        fault = self._fault_of(device, now_us)
        read, refusal = b"", REFUSALS.get(fault)
        if not refusal:
            try:
                read = _carried_out(device, written, count, now_us)
            except RefusedError as error:
                refusal = error.args[0]
        if fault and count:
            device.missed(written, now_us)
        if refusal:
            raise RefusedError(refusal)
        return self._random.randbytes(count) if fault == "bad" else read


def frame(status, content):
    """Return an answer's bytes."""
    return struct.pack("<Hh", 2 + len(content), status) + content


@lru_cache(_CACHED_COUNT_MAX)
def _arguments(content):
    """Return the arguments of a call of the radio, which each wake makes again."""
    return ast.literal_eval(content.decode())


def _marked(value):
    """Return a value in a form for JSON: tuples become {"t": [...]}, bytes {"b": hex}."""
    if isinstance(value, bytes):
        return {"b": value.hex()}
    if isinstance(value, tuple):
        return {"t": [_marked(each) for each in value]}
    if isinstance(value, list):
        return [_marked(each) for each in value]
    return value


def _carried_out(device, written, count, now_us):
    """Return a device's answer to an access.

    An empty write reaches only a device whose class accepts it. Raises RefusedError if the device
    does not acknowledge the access.
    """
    is_empty = not written and not count and getattr(device, "TAKES_EMPTY_WRITE", False)
    if written or is_empty:
        device.write(written, now_us)
    return device.read(count, now_us) if count else b""
