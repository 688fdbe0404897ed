"""A chip on a weak cell, in virtual time, as MicroPython sees it.

The cell has an internal resistance, which cold and age increase. If the voltage under load falls
below the regulator's minimum, the power fails in the middle of any operation of the node, even a
flash write. All numbers are integers, because a block device must not allocate and floats are
objects.
"""

import random
import time

from flash import Flash
from stands import Clock, Dozing

HOUR_MS = 3_600_000
# (thousandths of the charge, mV without a load) of a lithium-ion cell, a typical curve.
_CURVE = ((0, 2900), (20, 3300), (50, 3450), (100, 3550), (200, 3650), (500, 3800), (1000, 4180))
# The regulator fails below this voltage. Currents in mA: awake, while writing.
RESET_MV = 3200
AWAKE_MA, _WRITING_MA = 40, 30
_EPOCH_MS = 840_000_000_000
# A cell's charge at its start; the first cell has more, so that it arms the protection.
_BEGIN_PERMILLE, _FIRST_PERMILLE = 90, 150


class Cut(BaseException):
    """The power is gone."""


class Cell:
    """A cell; its charge is in uA ms, and `sun_ua` charges it from 9 to 17 h."""

    def __init__(self, capacity_mah, resistance_mohm, sun_ua):
        self.full = capacity_mah * 1000 * HOUR_MS
        permille = _BEGIN_PERMILLE if World.sampled else _FIRST_PERMILLE
        self.left = self.full * permille // 1000
        self.resistance_mohm = resistance_mohm
        self.sun_ua = sun_ua

    def rest_mv(self):
        permille = self.left * 1000 // self.full
        low = _CURVE[0]
        for high in _CURVE:
            if permille <= high[0]:
                span = max(high[0] - low[0], 1)
                return low[1] + (high[1] - low[1]) * (permille - low[0]) // span
            low = high
        return low[1]

    def mv(self, ma):
        return self.rest_mv() - self.resistance_mohm * ma // 1000

    def spend(self, ms, ua):
        is_day = 9 <= World.true_ms() // HOUR_MS % 24 < 17
        gained = self.sun_ua * ms if is_day else 0
        self.left = max(0, min(self.full, self.left - ua * ms + gained))
        Clock.now_ms += ms


class World:
    """The cell, the true time, the node's current, and the measurements."""

    cell = None
    # The true time when the RTC showed 0.
    offset_ms = _EPOCH_MS
    load_ma = 0
    # The number of samples so far, and how many of them are in flash.
    sampled = 0
    pending = []
    acknowledged = set()
    power_ons_ms = []

    @classmethod
    def true_ms(cls):
        return cls.offset_ms + Clock.now_ms

    @classmethod
    def work(cls, ms, ma):
        """Pass time awake; the power may fail at its start."""
        if cls.cell.mv(ma) < RESET_MV:
            raise Cut
        cls.cell.spend(ms, max(cls.load_ma, AWAKE_MA) * 1000)


class Awake(Clock):
    """The chip's `time`."""

    @classmethod
    def sleep_ms(cls, ms):
        World.work(ms, World.load_ma)

    @classmethod
    def ticks_ms(cls):
        return Clock.now_ms

    @classmethod
    def time_ns(cls):
        return Clock.now_ms * 1_000_000


class WeakFlash(Flash):
    """A flash whose writes are incomplete if the cell is too weak."""

    def writeblocks(self, block, buffer, offset=0):
        if World.cell.mv(World.load_ma + _WRITING_MA) < RESET_MV:
            size = random.randrange(len(buffer) + 1)
            super().writeblocks(block, buffer[:size], offset)
            raise Cut
        super().writeblocks(block, buffer, offset)

    def ioctl(self, request, argument):
        if request == 6 and World.cell.mv(World.load_ma + _WRITING_MA) < RESET_MV:
            if random.randrange(2):
                super().ioctl(request, argument)
            raise Cut
        return super().ioctl(request, argument)


class Part:
    """Replaces pins, watchdogs and the converter at the divider, which halves the voltage."""

    ATTN_11DB = 3

    def __init__(self, *_, **__):
        pass

    def feed(self):
        pass

    def read_uv(self):
        return World.cell.mv(World.load_ma) * 500


class Rtc:
    """The RTC; setting it changes its time but not the true time."""

    def datetime(self, moment):
        year, month, day, _, hour, minute, second, us = moment
        seconds = time.mktime((year, month, day, hour, minute, second, 0, 0)) - 946_684_800
        ms = seconds * 1000 + us // 1000
        World.offset_ms -= ms - Clock.now_ms
        Clock.now_ms = ms


class Machine(Dozing):
    """The chip's `machine`."""

    Pin = ADC = WDT = Part
    RTC = Rtc
