"""A virtual chip on the buses of other platforms, and their modules, in the chip's time.

Each bus has the methods that a driver of its platform calls: busio.I2C of CircuitPython,
machine.I2C of MicroPython, smbus2.SMBus of Linux, and the transceiver of Sensirion.
"""

import struct
import time as real_time
import typing
from types import ModuleType

# A byte and its acknowledgement at 100 kHz.
_BYTE_US = 90
_OK, _REFUSED = 0, 2


class Bus:
    """A bus with the chip of a Wires of tests/support/sensors/chip_wires.py."""

    def __init__(self, wires):
        self._wires = wires
        self.address = wires.address

    def wait(self, us):
        self._wires.now += us

    def ask(self, address, written=b"", count=0):
        """Return the bytes read after a write; raise OSError for a refusal."""
        self._wires.now += _BYTE_US * (1 + len(written) + bool(count) + count)
        answer = self._wires.transfer(bytes(written), count, address)
        if type(answer) is int:
            raise OSError(answer, "the chip refuses")
        return answer

    def scan(self):
        return [self.address]


class CircuitI2C(Bus):
    """A busio.I2C."""

    def try_lock(self):
        return True

    def unlock(self):
        pass

    def writeto(self, address, buffer, *, start=0, end=None):
        self.ask(address, buffer[start:end])

    def readfrom_into(self, address, buffer, *, start=0, end=None):
        size = len(buffer[start:end])
        buffer[start : start + size] = self.ask(address, b"", size)

    def writeto_then_readfrom(
        self, address, out, into, *, out_start=0, out_end=None, in_start=0, in_end=None
    ):
        size = len(into[in_start:in_end])
        into[in_start : in_start + size] = self.ask(address, out[out_start:out_end], size)


class MicroI2C(Bus):
    """A machine.I2C."""

    def writeto(self, address, buffer, stop=True):
        self.ask(address, buffer)
        return len(buffer)

    def readfrom(self, address, count, stop=True):
        return self.ask(address, b"", count)

    def readfrom_into(self, address, buffer, stop=True):
        buffer[:] = self.ask(address, b"", len(buffer))

    def writeto_mem(self, address, register, buffer):
        self.ask(address, bytes((register,)) + buffer)

    def readfrom_mem(self, address, register, count):
        return self.ask(address, bytes((register,)), count)

    def readfrom_mem_into(self, address, register, buffer):
        buffer[:] = self.ask(address, bytes((register,)), len(buffer))


class Message:
    """A smbus2.i2c_msg."""

    def __init__(self, address, written=b"", count=0):
        self.address, self.written, self.count = address, bytes(written), count
        self.buf = b""

    @classmethod
    def write(cls, address, written):
        return cls(address, written)

    @classmethod
    def read(cls, address, count):
        return cls(address, b"", count)

    def __iter__(self):
        return iter(self.buf)


class SMBus(Bus):
    """A smbus2.SMBus."""

    def read_byte(self, address):
        return self.ask(address, b"", 1)[0]

    def write_byte(self, address, value):
        self.ask(address, bytes((value,)))

    def read_byte_data(self, address, register):
        return self.ask(address, bytes((register,)), 1)[0]

    def write_byte_data(self, address, register, value):
        self.ask(address, bytes((register, value)))

    def read_word_data(self, address, register):
        return int.from_bytes(self.ask(address, bytes((register,)), 2), "little")

    def write_word_data(self, address, register, value):
        self.ask(address, bytes((register,)) + value.to_bytes(2, "little"))

    def read_i2c_block_data(self, address, register, count):
        return list(self.ask(address, bytes((register,)), count))

    def write_i2c_block_data(self, address, register, values):
        self.ask(address, bytes((register, *values)))

    def write_block_data(self, address, register, values):
        self.ask(address, bytes((register, len(values), *values)))

    def i2c_rdwr(self, *messages):
        for each in messages:
            each.buf = self.ask(each.address, each.written, each.count)


class Transceiver(Bus):
    """An I2C transceiver of Sensirion's API version 1."""

    API_VERSION = 1
    channel_count = None

    def transceive(self, slave_address, tx_data, rx_length, read_delay, timeout):
        """Return the status, the error and the bytes."""
        read = b""
        try:
            if tx_data is not None:
                self.ask(slave_address, tx_data)
            self._wires.now += round(read_delay * 1e6)
            if rx_length:
                read = self.ask(slave_address, b"", rx_length)
        except OSError as error:
            return _REFUSED, error, b""
        return _OK, None, read


class _Names(ModuleType):
    """A module of which only the names matter: each is `object`."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return object


def _module(name, **content):
    made = ModuleType(name)
    vars(made).update(content)
    return made


def _time(wires):
    """Return the `time` of all platforms, in the time of `wires`."""

    def wait(us):
        # Each call takes some time, because a driver may poll in a loop.
        wires.now += max(round(us), 1)

    def ticks(us):
        return lambda: wires.now // us

    def now():
        return wires.now / 1e6

    content = {
        "sleep": lambda seconds: wait(seconds * 1e6),
        "sleep_ms": lambda ms: wait(ms * 1000),
        "sleep_us": wait,
        "time": now,
        "monotonic": now,
        "perf_counter": now,
        "monotonic_ns": lambda: wires.now * 1000,
        "ticks_ms": ticks(1000),
        "ticks_us": ticks(1),
        "ticks_diff": lambda late, early: late - early,
        "ticks_add": lambda ticks, delta: ticks + delta,
        "struct_time": real_time.struct_time,
    }
    return _module("time", **content)


def platform(wires):
    """Return {name: module} of the modules of the platforms that packages import."""
    time, micro = _time(wires), _module("micropython", const=lambda value: value)
    smbus = _module("smbus2", SMBus=lambda *_, **__: SMBus(wires), i2c_msg=Message)
    names = {name: _Names(name) for name in ("busio", "digitalio", "circuitpython_typing")}
    machine = _module("machine", I2C=MicroI2C, Pin=object)
    found = {"time": time, "utime": time, "micropython": micro, "machine": machine}
    # MicroPython's `unpack` takes more bytes than it needs.
    found["ustruct"] = _module(
        "ustruct", unpack=struct.unpack_from, unpack_from=struct.unpack_from, pack=struct.pack
    )
    found["typing_extensions"] = typing
    return found | names | {"smbus2": smbus, "smbus": smbus}
