"""`micropython wake_cpu.py FOLDER COUNT CHIP < SETUP` runs wakes that are counted from outside.

FOLDER is the flash of a board: main.py, slot and a.app, as a deployment writes them. The board
wakes COUNT times. CHIP is the folder tests/support/chip, which replaces the chip's modules. SETUP
is JSON: {"lib", "state", "form", "registers", "by_pin"}: the folder of wherry, the node's state,
the arguments of its stage after the memory, the registers of a BME280, and true if a pin wakes the
chip, in which case the whole node runs. The loader, the slot and the node are real.
"""

import gc
import json
import sys

sys.path.insert(0, sys.argv[3])

import vfs
from stands import Clock, Dozing, Slept

_EVERY_MS = 600_000
_ADC_UV = 1_850_000


class Part:
    """Replaces pins, converters, watchdogs and the bus of a BME280."""

    registers = b""
    IN = OUT = PULL_UP = ATTN_11DB = 0

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


class Machine(Dozing):
    """The chip's `machine`."""

    Pin = ADC = WDT = I2C = SoftI2C = Part
    reason = 4

    @classmethod
    def wake_reason(cls):
        return cls.reason


def remember(setup):
    """Write to RTC memory what a previous wake would have left."""
    sys.path.insert(0, "/host" + setup["lib"])
    from wherry.stage.stage import Stage

    stage = Stage(Machine.memory, bool, *setup["form"])
    stage.new_state().gap = 0
    for name, value in setup["state"].items():
        setattr(stage.state, name, value)
    stage.save()


def wakes(folder, count):
    """Run main.py repeatedly; only flash and RTC memory survive between runs."""
    vfs.mount(vfs.VfsPosix(folder), "/")
    with open("/main.py") as file:
        text = file.read()
    for _ in range(count):
        # On the chip, a reset also undoes this.
        gc.threshold(-1)
        try:
            exec(text, {"__name__": "__main__"})
        except Slept as slept:
            Clock.now_ms += slept.args[0]
            vfs.umount("/app")
        for name in set(sys.modules) - fresh:
            sys.modules.pop(name)


vfs.umount("/")
Clock.now_ms = _EVERY_MS
sys.modules.update({"machine": Machine, "time": Clock})
fresh = set(sys.modules)
given = json.loads(sys.stdin.read())
Part.registers = bytes(given["registers"])
if given["by_pin"]:
    Machine.reason = 2
remember(given)
for name in set(sys.modules) - fresh:
    sys.modules.pop(name)
wakes(sys.argv[1], int(sys.argv[2]))
