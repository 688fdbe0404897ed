"""The ESP32's machine module; the supervisor has the other end of pins, buses and converters."""

from _board import (
    call,
    levels,
    memory,
    now_us,
    outputs,
    regs,
    rare,
    rtc_us,
    set_rtc_us,
    wait_until,
)
from time import gmtime, mktime
from umachine import PinBase, Signal, mem8, mem16, mem32  # noqa: F401
from usys import exit

_RARE = (
    "SLEEP=2 DEEPSLEEP=4 PWRON_RESET=1 HARD_RESET=2 WDT_RESET=3 DEEPSLEEP_RESET=4 SOFT_RESET=5 "
    "PIN_WAKE=2 EXT0_WAKE=2 EXT1_WAKE=3 TIMER_WAKE=4 TOUCHPAD_WAKE=5 ULP_WAKE=6"
)


def __getattr__(name):
    return rare(_RARE, name)


def reset():
    call(b"R")


def soft_reset():
    exit()


def reset_cause():
    return regs.reset_cause


def wake_reason():
    return regs.wake_reason


def deepsleep(ms=None):
    if ms is not None and ms > 0x7FFFFFFF:
        raise OverflowError
    # The supervisor kills this process, so nothing more of the program runs, not even a finally.
    call(b"Z" + (b"" if ms is None else ms.to_bytes(4, "little")))


def lightsleep(ms=0):
    call(b"L")
    wait_until(now_us() + ms * 1000)
    regs.wake_reason = 4


sleep = lightsleep


def idle():
    wait_until(now_us() + 1000)


def freq(hz=None):
    if hz is None:
        return regs.cpu_hz
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    regs.cpu_hz = hz


def unique_id():
    return regs.device_id.to_bytes(6, "big")


def disable_irq():
    return 0


def enable_irq(state):
    pass


def mem_backup(region=0):
    return memoryview(memory)


class RTC:
    def __init__(self, id=0):
        pass

    def datetime(self, moment=None):
        if moment is None:
            now = rtc_us()
            t = gmtime(now // 1000000)
            return t[:3] + t[6:7] + t[3:6] + (now % 1000000,)
        seconds = mktime(moment[:3] + moment[4:7] + (0, 0))
        set_rtc_us(seconds * 1000000 + moment[7])

    def init(self, moment):
        self.datetime(moment[:3] + (0,) + moment[3:6] + moment[7:8])

    def memory(self, content=None):
        if content is None:
            return bytes(memoryview(memory)[: regs.memory_size])
        if len(content) > 2048:
            raise ValueError("buffer too long")
        memory[: len(content)] = content
        regs.memory_size = len(content)


class WDT:
    def __init__(self, id=0, timeout=5000):
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        regs.wdt_timeout_ms = timeout
        self.feed()

    def feed(self):
        regs.wdt_deadline_us = now_us() + regs.wdt_timeout_ms * 1000


class Pin(PinBase):
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING, WAKE_LOW, WAKE_HIGH = 1, 2, 4, 5
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=0, hold=None):
        if not 0 <= id < 40:
            raise ValueError("invalid pin")
        self.id = id
        self.mode = mode
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, drive=0, hold=None):
        if mode >= 0:
            self.mode = mode
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is not None:
            outputs[self.id] = 1 if level else 0
        elif self.mode in (Pin.OUT, Pin.OPEN_DRAIN):
            return outputs[self.id]
        else:
            return levels[self.id]

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not outputs[self.id])

    def __repr__(self):
        return "Pin(%d)" % self.id


def dht_readinto(pin, buf):
    buf[:] = call(bytes((77, pin.id)))


class ADC:
    # MicroPython 1.24 and 1.25 have this default attenuation.
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = 9, 10, 11, 12

    def __init__(self, pin, *, atten=0):
        self._pin = pin.id if isinstance(pin, Pin) else pin
        self.atten(atten)
        self._is_new = 1

    def _uv(self):
        question = bytes((65, self._pin, self._is_new))
        self._is_new = 0
        uv = int.from_bytes(call(question), "little")
        # At 11 dB a model may exceed the ADC's range, so tests can use values that never repeat.
        return uv if self._full_uv == 3100000 else min(uv, self._full_uv)

    def read_uv(self):
        # The IDF's calibration has a resolution of whole millivolts.
        return self._uv() // 1000 * 1000

    def read(self):
        return min(4095, self._uv() * 4095 // self._full_uv)

    def read_u16(self):
        value = self.read()
        return value << 4 | value >> 8

    def atten(self, atten):
        # The voltages at which each attenuation of the ESP32 is saturated.
        self._full_uv = (1100000, 1500000, 2200000, 3100000)[atten]

    def width(self, width):
        pass


class I2C:
    # The pins of each bus; there is one bus, whichever object refers to it.
    _wires = {0: bytearray((18, 19)), 1: bytearray((25, 26))}

    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        if id not in self._wires:
            raise ValueError("I2C(%d) doesn't exist" % id)
        self._pins = self._wires[id]
        for i, pin in enumerate((scl, sda)):
            if pin is not None:
                self._pins[i] = getattr(pin, "id", pin)

    def _transfer(self, address, written, count):
        head = bytes(self._pins) + bytes((address,)) + count.to_bytes(2, "little")
        return call(b"I" + head + written)

    def scan(self):
        return list(call(b"S" + bytes(self._pins)))

    def readfrom(self, address, count, stop=True):
        return self._transfer(address, b"", count)

    def readfrom_into(self, address, buf, stop=True):
        buf[:] = self._transfer(address, b"", len(buf))

    def writeto(self, address, buf, stop=True):
        self._transfer(address, bytes(buf), 0)
        return len(buf)

    def writevto(self, address, vector, stop=True):
        return self.writeto(address, b"".join(vector))

    def readfrom_mem(self, address, register, count, *, addrsize=8):
        return self._transfer(address, register.to_bytes(addrsize // 8, "big"), count)

    def readfrom_mem_into(self, address, register, buf, *, addrsize=8):
        buf[:] = self.readfrom_mem(address, register, len(buf), addrsize=addrsize)

    def writeto_mem(self, address, register, buf, *, addrsize=8):
        self._transfer(address, register.to_bytes(addrsize // 8, "big") + bytes(buf), 0)


class SoftI2C(I2C):
    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        self._pins = bytes((getattr(scl, "id", scl), getattr(sda, "id", sda)))
