"""Run a node on cells that go flat: `micropython discharges.py CHIP < SETUP`.

CHIP is the folder tests/support/chip. SETUP is JSON: {"paths": folders of modules, "settings": of
the node, "cells": a list of cells as bench/discharges.py draws them}. All of the node is real
except the radio; its server is tests/support/uplinks/harbor_server.py. The script prints a JSON
line for each discharge.

The board is the one in weak_board.py. After a loss of power, it restarts immediately, because
without a load the voltage recovers.
"""

import json
import os
import random
import sys

sys.path.insert(0, sys.argv[1])

import vfs
from stands import Clock, Slept
from weak_board import (
    AWAKE_MA,
    HOUR_MS,
    RESET_MV,
    Awake,
    Cell,
    Cut,
    Machine,
    Part,
    WeakFlash,
    World,
)  # fmt: skip

_MIN_MS = 60_000
_BLOCK_COUNT = 64
# Currents: asleep (in uA), joined, while sending (in mA).
_ASLEEP_UA, _JOINED_MA, _SENDING_MA = 20, 110, 350
_WAKE_MS, _JOIN_MS, _EXCHANGE_MS = 400, 2_000, 1_000
_OFF_MS, _CHARGING_MS = 6 * HOUR_MS, 48 * HOUR_MS
# More power-ons than this within an hour are a reset loop.
_POWER_ONS_MAX = 5
_WAKES_CHARGED_MAX = 40


class Radio:
    """The part of firmware/net/link.py that the node uses."""

    def open(self, deadline_ms):
        World.load_ma = _JOINED_MA
        World.work(_JOIN_MS, _SENDING_MA)

    def close(self):
        World.load_ma = AWAKE_MA

    def rssi(self):
        return -60

    time = {
        "sntp": ["pool.ntp.org"],
        "http_date": False,
        "error_max_ms": 2000,
        "ds3231": None,
        "undated": "estimate",
    }

    def network_time(self, deadline_ms, first):
        World.work(100, _SENDING_MA)
        return Clock.now_ms, World.true_ms(), 1, 0

    def exchange(self, request, deadline_ms, ca):
        World.work(_EXCHANGE_MS, _SENDING_MA)
        answer = server.exchange(request)
        # The power may also fail before the answer has come.
        World.work(_EXCHANGE_MS, _SENDING_MA)
        return answer.answer()


class LinkModule:
    """Replaces firmware/net/link.py."""

    @staticmethod
    def made():
        """Return the module for one wake, because the node drops its Link's __init__."""

        class Link(Radio):
            def __init__(self, *_):
                self.idle = None

        module = LinkModule()
        module.Link = Link
        return module


class Settings:
    """Replaces firmware/boot/settings.py."""

    def read():
        return json.loads(text)


class Driver:
    """A sensor whose readings are numbers, each occurring once."""

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
    """Run the node until it sleeps or loses power; return its sleep time in ms, or None."""
    for name in set(sys.modules) - fresh:
        sys.modules.pop(name)
    sys.modules.update({"settings": Settings, "link": LinkModule.made()})
    sys.modules.update(not_in_slot)
    World.load_ma = AWAKE_MA
    flash.forget()
    ms = None
    try:
        World.work(_WAKE_MS, AWAKE_MA)
        flash.mount("/")
        was_noted = has_note()
        import main

        main.run(["a"])
    except Slept as slept:
        ms = slept.args[0]
    except Cut:
        pass
    is_new_note = ms and has_note() and not was_noted
    try:
        vfs.umount("/")
    except OSError:
        pass  # The power was lost before this.
    if ms and flash.programs and not is_new_note:
        # Waiting rows go to the flash with the next row, or before an upload. The note of an empty
        # battery is written while rows wait.
        World.acknowledged.update(World.pending)
        World.pending.clear()
    return ms


def has_note():
    """Return True if the flash notes that rows may wait in RTC memory."""
    try:
        os.stat("/data/stage")
    except OSError:
        return False
    return True


def discharge(cell, flash):
    """Discharge a cell, and charge it again."""
    World.cell = cell
    World.power_ons_ms = []
    off_ms = 0
    begin_ms = World.true_ms()
    # Run until the node has been off for some hours, or has lasted for two days.
    while off_ms < _OFF_MS and World.true_ms() - begin_ms < _CHARGING_MS:
        if cell.mv(AWAKE_MA) < RESET_MV:
            power_off()
            cell.spend(HOUR_MS, 0)
            off_ms += HOUR_MS
            continue
        ms = wake(flash)
        if ms is None:
            power_off()
            World.power_ons_ms.append(World.true_ms())
            cell.spend(100, 0)
            continue
        is_off = ms in (10 * _MIN_MS, HOUR_MS) and not flash.programs
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
    """Make the next start a power-on start."""
    World.offset_ms += Clock.now_ms
    Clock.now_ms = 0
    for i in range(len(Machine.memory)):
        Machine.memory[i] = random.getrandbits(8)
    Machine.cause = Machine.PWRON_RESET
    World.pending.clear()


def is_loop(times_ms):
    """Return True if there are too many power-ons within an hour."""
    pairs = zip(times_ms, times_ms[_POWER_ONS_MAX:])
    return any(end - begin < HOUR_MS for begin, end in pairs)


def verdict():
    """Return the failures and the figures of a discharge."""
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
from support.uplinks.harbor_server import HarborServer

server = HarborServer()
sys.modules.update({"machine": Machine, "time": Awake, "driver": Driver})
# The slot of a node whose rows all go to the flash lacks the module `calm`.
not_in_slot = {} if given["settings"]["node"]["durability"] == "stage" else {"calm": Part}
fresh = {name for name in sys.modules if name[:6] != "wherry"}
flash = WeakFlash(_BLOCK_COUNT)
World.cell = Cell(1000, 10, 0)
flash.format()
for parameters in given["cells"]:
    random.seed(parameters.pop("seed"))
    discharge(Cell(**parameters), flash)
    print("RESULT " + json.dumps(verdict()))
