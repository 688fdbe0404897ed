"""Wakes to be counted from outside: `micropython wake_cpu.py FOLDER COUNT < SETUP` does COUNT.

FOLDER is the flash of a board: main.py, slot and a.app, as a deploy writes them. SETUP is JSON:
{"lib", "state", "form", "registers"}: the folder of wherry, what the node remembers, the arguments
of its stage behind the memory, and what a BME280 has in its registers. The loader, the slot and
all of the node are real; the chip below them stands here. The clock moves only while somebody
sleeps.
"""

import json
import sys
from time import gmtime

import vfs

_EVERY_MS = 600_000
_HOST = "/host"
_ADC_UV = 1_850_000


class Slept(BaseException):
    """The chip sleeps."""


class Clock:
    """The chip's `time`."""

    now_ms = _EVERY_MS

    @classmethod
    def sleep_ms(cls, ms):
        cls.now_ms += ms

    @classmethod
    def ticks_ms(cls):
        return cls.now_ms

    @classmethod
    def time_ns(cls):
        return cls.now_ms * 1_000_000

    @staticmethod
    def gmtime(seconds):
        return gmtime(seconds)[:8]


class Part:
    """Pins, converters, watchdogs and the bus of a BME280."""

    registers = b""
    IN = OUT = PULL_UP = 0

    def __init__(self, *_, **__):
        pass

    def feed(self):
        pass

    def read_uv(self):
        return _ADC_UV

    def read_u16(self):
        return _ADC_UV // 100

    def writeto_mem(self, address, register, content):
        pass

    def readfrom_mem(self, address, register, size):
        return Part.registers[register : register + size]


class Machine:
    """The chip's `machine`, always in a wake from deep sleep."""

    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    Pin = ADC = WDT = I2C = SoftI2C = Part
    memory = bytearray(2048)

    @classmethod
    def mem_backup(cls):
        return cls.memory

    @staticmethod
    def reset_cause():
        return 4

    @staticmethod
    def wake_reason():
        return 4

    @staticmethod
    def deepsleep(ms):
        Clock.now_ms += ms
        raise Slept


def remember(setup):
    """Leave in RTC memory what a wake before has left."""
    sys.path[:] = [_HOST + setup["lib"], ".frozen"]
    from wherry.stage.stage import Stage

    stage = Stage(Machine.memory, bool, *setup["form"])
    stage.new_state().gap = 0
    for name, value in setup["state"].items():
        setattr(stage.state, name, value)
    stage.save()


def wakes(folder, count):
    """Run main.py again and again, with nothing left of the last time but flash and RTC memory."""
    vfs.mount(vfs.VfsPosix(folder), "/")
    with open("/main.py") as file:
        text = file.read()
    for _ in range(count):
        try:
            exec(text, {"__name__": "__main__"})
        except Slept:
            vfs.umount("/app")
        for name in set(sys.modules) - fresh:
            sys.modules.pop(name)


vfs.mount(vfs.VfsPosix("/"), _HOST)
vfs.umount("/")
sys.modules.update({"machine": Machine, "time": Clock})
fresh = set(sys.modules)
given = json.loads(sys.stdin.read())
Part.registers = bytes(given["registers"])
remember(given)
for name in set(sys.modules) - fresh:
    sys.modules.pop(name)
wakes(sys.argv[1], int(sys.argv[2]))
