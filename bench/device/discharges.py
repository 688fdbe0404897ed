"""A node on cells that go flat: `micropython discharges.py TESTS < SETUP`.

TESTS is the folder tests/host. SETUP is JSON: {"paths": folders of modules, "settings": of the
node, "cells": a list of cells as bench/discharges.py draws them}. All of the node is real but the
radio; its server is that of tests/harbor_server.py. Prints a JSON line for each discharge.

The cell has an internal resistance, which cold and age raise. Where the voltage under load falls
below what the regulator needs, the power is gone in the middle of whatever the node does, a
flash write included, and is back at once, for without a load the voltage recovers. Integers only:
a block device must not allocate, and floats are objects.
"""

import json
import random
import sys
import time

sys.path[:0] = [sys.argv[1] + folder for folder in ("/stands", "/power_cuts")]

import vfs
from flash import Flash
from stands import Clock, Dozing, Slept

_MIN_MS = 60_000
_HOUR_MS = 60 * _MIN_MS
_BLOCK_COUNT = 64
# (thousandths of the charge, mV without a load) of a lithium-ion cell, a typical curve.
_CURVE = ((0, 2900), (20, 3300), (50, 3450), (100, 3550), (200, 3650), (500, 3800), (1000, 4180))
# The regulator fails below. mA: asleep (in uA), awake, joined, while it sends, while it writes.
_RESET_MV = 3200
_ASLEEP_UA, _AWAKE_MA, _JOINED_MA, _SENDING_MA, _WRITING_MA = 20, 40, 110, 350, 30
_WAKE_MS, _JOIN_MS, _EXCHANGE_MS = 400, 2_000, 1_000
_EPOCH_MS = 840_000_000_000
# The first cell is in use, and arms the protection.
_BEGIN_PERMILLE, _FIRST_PERMILLE = 90, 150
_OFF_MS, _CHARGING_MS = 6 * _HOUR_MS, 48 * _HOUR_MS
# So many power-ons within an hour are a loop.
_POWER_ONS_MAX = 5
_WAKES_CHARGED_MAX = 40


class Cut(BaseException):
    """The power is gone."""


class Cell:
    """Charge in uA ms; `sun_ua` charges it from 9 to 17 h."""

    def __init__(self, capacity_mah, resistance_mohm, sun_ua):
        self.full = capacity_mah * 1000 * _HOUR_MS
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
        is_day = 9 <= World.true_ms() // _HOUR_MS % 24 < 17
        gained = self.sun_ua * ms if is_day else 0
        self.left = max(0, min(self.full, self.left - ua * ms + gained))
        Clock.now_ms += ms


class World:
    """The cell, the true time, what the node draws, and what was measured."""

    cell = None
    # The true time when the RTC showed 0.
    offset_ms = _EPOCH_MS
    load_ma = 0
    # Samples so far, and those of them that the flash has taken.
    sampled = 0
    pending = []
    acknowledged = set()
    power_ons_ms = []

    @classmethod
    def true_ms(cls):
        return cls.offset_ms + Clock.now_ms

    @classmethod
    def work(cls, ms, ma):
        """Pass time awake; the power may fail at its begin."""
        if cls.cell.mv(ma) < _RESET_MV:
            raise Cut
        cls.cell.spend(ms, max(cls.load_ma, _AWAKE_MA) * 1000)


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
    """A flash whose writes tear where the cell is too weak."""

    def writeblocks(self, block, buffer, offset=0):
        if World.cell.mv(World.load_ma + _WRITING_MA) < _RESET_MV:
            size = random.randrange(len(buffer) + 1)
            super().writeblocks(block, buffer[:size], offset)
            raise Cut
        super().writeblocks(block, buffer, offset)

    def ioctl(self, request, argument):
        if request == 6 and World.cell.mv(World.load_ma + _WRITING_MA) < _RESET_MV:
            if random.randrange(2):
                super().ioctl(request, argument)
            raise Cut
        return super().ioctl(request, argument)


class Part:
    """Pins, watchdogs and the converter at the divider, which halves."""

    def __init__(self, *_, **__):
        pass

    def feed(self):
        pass

    def read_uv(self):
        return World.cell.mv(World.load_ma) * 500


class Rtc:
    """The RTC, whose setting moves what it shows and not the true time."""

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


class Radio:
    """What firmware/link.py offers the node."""

    def open(self, deadline_ms):
        World.load_ma = _JOINED_MA
        World.work(_JOIN_MS, _SENDING_MA)

    def close(self):
        World.load_ma = _AWAKE_MA

    def rssi(self):
        return -60

    def network_time(self, deadline_ms):
        World.work(100, _SENDING_MA)
        return Clock.now_ms, World.true_ms()

    def exchange(self, request, deadline_ms, ca):
        World.work(_EXCHANGE_MS, _SENDING_MA)
        answer = server.exchange(request)
        # It may also fail before the answer has come.
        World.work(_EXCHANGE_MS, _SENDING_MA)
        return answer.answer()


class LinkModule:
    """In place of firmware/link.py."""

    @staticmethod
    def made():
        """Return the module for one wake: the node lets go of the __init__ of its Link."""

        class Link(Radio):
            def __init__(self, *_):
                self.idle = None

        module = LinkModule()
        module.Link = Link
        return module


class Settings:
    """In place of firmware/settings.py."""

    def read():
        return json.loads(text)


class Driver:
    """A sensor whose readings are numbers, each one once."""

    class Sensor:
        def __init__(self, section, board):
            pass

        def start(self, anew):
            return 0

        def read(self):
            World.sampled += 1
            World.pending.append(World.sampled)
            return [(0, World.sampled)]


def wake(flash):
    """Run the node until it sleeps or the power is gone; return the ms it sleeps, None then."""
    for name in set(sys.modules) - fresh:
        sys.modules.pop(name)
    sys.modules.update({"settings": Settings, "link": LinkModule.made()})
    sys.modules.update(not_in_slot)
    World.load_ma = _AWAKE_MA
    flash.forget()
    ms = None
    try:
        World.work(_WAKE_MS, _AWAKE_MA)
        flash.mount("/")
        import main

        main.run(["a"])
    except Slept as slept:
        ms = slept.args[0]
    except Cut:
        pass
    try:
        vfs.umount("/")
    except OSError:
        pass  # The power was gone before.
    if ms and flash.programs:
        # Rows that wait go to the flash with the next one, or before an upload.
        World.acknowledged.update(World.pending)
        World.pending.clear()
    return ms


def discharge(cell, flash):
    """Use a cell up, and charge it again."""
    World.cell = cell
    World.power_ons_ms = []
    off_ms = 0
    begin_ms = World.true_ms()
    # Until it has been off for some hours, or has lasted for two days.
    while off_ms < _OFF_MS and World.true_ms() - begin_ms < _CHARGING_MS:
        if cell.mv(_AWAKE_MA) < _RESET_MV:
            power_off()
            cell.spend(_HOUR_MS, 0)
            off_ms += _HOUR_MS
            continue
        ms = wake(flash)
        if ms is None:
            power_off()
            World.power_ons_ms.append(World.true_ms())
            cell.spend(100, 0)
            continue
        is_off = ms in (10 * _MIN_MS, _HOUR_MS) and not flash.programs
        off_ms = off_ms + ms if is_off else 0
        cell.spend(ms, _ASLEEP_UA)
        Machine.cause = Machine.DEEPSLEEP_RESET
    cell.left = cell.full * 9 // 10
    uploads = server.requests + 1
    for _ in range(_WAKES_CHARGED_MAX):
        if server.requests >= uploads:
            break
        ms = wake(flash)
        cell.spend(ms, _ASLEEP_UA)
        Machine.cause = Machine.DEEPSLEEP_RESET


def power_off():
    """Have the next start be one at power-on."""
    World.offset_ms += Clock.now_ms
    Clock.now_ms = 0
    for i in range(len(Machine.memory)):
        Machine.memory[i] = random.getrandbits(8)
    Machine.cause = Machine.PWRON_RESET
    World.pending.clear()


def is_loop(times_ms):
    """Return whether there are too many power-ons within an hour."""
    pairs = zip(times_ms, times_ms[_POWER_ONS_MAX:])
    return any(end - begin < _HOUR_MS for begin, end in pairs)


def verdict():
    """Return what went wrong in a discharge, and what it was."""
    sent = {}
    damaged = 0
    for (moment, _, cargo), value in server.points.items():
        if cargo == "analog":
            sent.setdefault(round(value * 1000), []).append(moment)
        elif cargo == "node_damaged":
            damaged = max(damaged, value)
    lost = len(World.acknowledged - set(sent))
    World.acknowledged.clear()
    twice = sum([len(moments) > 1 for moments in sent.values()])
    server.points.clear()
    return {
        "loop": is_loop(World.power_ons_ms), "damaged": damaged, "lost": lost, "twice": twice,
        "power_ons": len(World.power_ons_ms), "sent": len(sent), "sampled": World.sampled,
    }  # fmt: skip


given = json.loads(sys.stdin.read())
sys.path[:] = ["/host" + path for path in given["paths"]] + sys.path
text = json.dumps(given["settings"])
from harbor_server import HarborServer

server = HarborServer()
sys.modules.update({"machine": Machine, "time": Awake, "driver": Driver})
# A node whose rows all go to the flash lacks it.
not_in_slot = {} if given["settings"]["node"]["durability"] == "stage" else {"calm": Part}
fresh = {name for name in sys.modules if name[:6] != "wherry"}
flash = WeakFlash(_BLOCK_COUNT)
World.cell = Cell(1000, 10, 0)
flash.format()
for parameters in given["cells"]:
    random.seed(parameters.pop("seed"))
    discharge(Cell(**parameters), flash)
    print("RESULT " + json.dumps(verdict()))
