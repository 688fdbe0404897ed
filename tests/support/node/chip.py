"""A simulated chip: a node's clock, flash, RTC memory, network and server on virtual time."""

import os
import random

from support.node.texts import stamp_text
from support.queue.folders import fresh
from support.stage.rtc_memory import Memory
from support.uplinks.harbor_server import HarborServer
from wherry import delivery
from wherry.health_channels import CHANNELS as HEALTH
from wherry.node import Node
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.sampling.sampler import Sampler
from wherry.sending.upload import Upload
from wherry.time import anchors
from wherry.time.clock import Clock
from wherry.time.rtc import goes_on
from wherry.uplinks.harbor import dialect as harbor

SEED = 20261120
TRUE_AT_START = 848_000_000_000
ENV = (("temperature", "°C", 2), ("humidity", "%", 2))
SETTINGS = {
    "node": {
        "name": "n",
        "sample_every_ms": 10_000,
        "send_every_ms": 30_000,
        "stamps": "ms",
        "stage_age_max_ms": 0,
    },
    "power": {"source": "mains"},
}
UPLINK = {
    "endpoint": "https://h.test/api/v2/ingest/7",
    "api_key": "key-1",
    "name": "n",
    "ca": (),
    "undated": "hold",
}


class Crash(BaseException):
    """The power or the program fails at this moment."""


class Sensor:
    def __init__(self, chip):
        self.chip = chip

    def start(self, anew):
        self.chip.pass_ms(2)
        if self.chip.broken:
            raise OSError("no answer")
        self.chip.log.append(self.chip.true_ms)
        return 8

    def read(self):
        n = len(self.chip.log)
        return [(0, n), (1, -n)]


class Chip:
    """A chip's clock, RTC memory and radio; the program ends after `crash_in` more calls."""

    channels = ENV
    queue_size_max = 400_000

    def __init__(self, settings=SETTINGS):
        self.root = fresh()
        for folder in ("/cursors", "/aside"):
            os.mkdir(self.root + folder)
        self.settings = settings
        self.true_ms = TRUE_AT_START
        self.rtc_offset = TRUE_AT_START
        self.memory = Memory()
        self.server = HarborServer()
        self.log = []
        self.lines = []
        self.boots = self.crashes = 0
        self.online = self.ntp = True
        self.broken = False
        self.crash_in = -1
        self.idle = None

    def cut(self):
        """Switch power off and on: the RTC starts at 2000, RTC memory is noise."""
        self.rtc_offset = self.true_ms
        self.memory = Memory(bytes([random.randint(0, 255) for _ in range(2048)]))

    def pass_ms(self, ms):
        if self.crash_in >= 0:
            self.crash_in -= 1
            if self.crash_in < 0:
                raise Crash()
        self.true_ms += ms

    def boot(self):
        """Do what firmware/boot/assemble.py does."""
        channels = list(self.channels) + list(HEALTH)
        stage = self.memory.stage(len(channels), own_count=len(HEALTH))
        state, hint = stage.state, None
        if state and goes_on(state, self.rtc_ms()):
            hint = (state.next_row, state.readings, state.schema)
        else:
            state = stage.new_state()
            if not self.settings["node"]["stage_age_max_ms"]:
                # No row waited in RTC memory.
                state.gap = 0
        clock = Clock(
            state, self.root + "/anchors", anchors.load(self.root + "/anchors"), stage.buffer
        )
        if not hint:
            self.boots += 1
            clock.begin(self.boots, self.rtc_ms())
            stage.save()
        queue = self.new_queue(channels, hint, stage)
        sampler = Sampler(self.sensors(), self.say)
        uploads = self.uploads(queue, clock)
        node = Node(self.settings, stage, clock, queue, sampler, uploads, self, self)
        self.idle = node.sample_if_due
        return node

    def new_queue(self, channels, hint, stage):
        """Return a new queue for each boot."""
        return Queue(self.root, channels, True, self.queue_size_max, hint, own_count=len(HEALTH))

    def uploads(self, queue, clock):
        """Return new uploads for each boot."""
        ledger = in_file(self.root + "/cursors/harbor")
        parts = queue, ledger, self.root + "/aside", clock.date
        return [Upload("harbor", harbor, UPLINK, *parts)]

    def sensors(self):
        """Return the arguments of Sampler, new for each boot."""
        return [("env", Sensor(self), 2)]

    def go_on(self, node, ms):
        """Run turns for a time."""
        end_ms = self.true_ms + ms
        while self.true_ms < end_ms:
            due = node.turn()
            self.pass_ms(max(1, min(due - self.rtc_ms(), end_ms - self.true_ms)))

    def run(self, until_ms):
        """Boot and run turns until a true time; survive crashes."""
        while self.true_ms < until_ms:
            try:
                node = self.boot()
                while self.true_ms < until_ms:
                    due = node.turn()
                    self.pass_ms(max(1, due - self.rtc_ms()))
            except Crash:
                self.crashes += 1
                if random.getrandbits(1):
                    self.cut()
                self.true_ms += 300
                self.crash_in = random.randint(50, 800)
        return node

    # Ports

    def rtc_ms(self):
        return self.true_ms - self.rtc_offset

    def set_rtc(self, ms):
        self.pass_ms(0)
        self.rtc_offset = self.true_ms - ms

    def wait_ms(self, ms):
        self.pass_ms(ms)

    def feed(self):
        pass

    def light(self, on):
        self.is_lit = on

    def say(self, text):
        self.lines.append(text)

    # Link

    def open(self, deadline_ms):
        for _ in range(20):
            self.pass_ms(50)
            self.idle()
        if not self.online:
            raise OSError("no network")

    def close(self):
        pass

    def rssi(self):
        return -60

    date_min_s = TRUE_AT_START // 1000 - 86_400
    time = {
        "sntp": ["a.example"],
        "http_date": False,
        "error_max_ms": 2000,
        "ds3231": None,
        "undated": "hold",
    }

    def network_time(self, deadline_ms, first):
        self.pass_ms(20)
        if not self.ntp:
            while self.rtc_ms() < deadline_ms:
                self.pass_ms(100)
                self.idle()
            raise OSError("no time")
        return self.rtc_ms(), self.true_ms, 10, first

    def exchange(self, request, deadline_ms, ca):
        self.pass_ms(40)
        self.idle()
        answer = self.server.exchange(request)
        self.pass_ms(40)
        self.idle()
        return answer


def delivered_times(chip, cargo):
    return sorted([key[0] for key in chip.server.points if key[2] == cargo])


def check_all_there(chip, node, cut_short=0):
    """Check that the server has each logged measurement once, within 5 ms, or it was cut short."""
    times = [stamp_text(t // 1000, t % 1000) for t in chip.log]
    found = delivered_times(chip, "temperature")
    assert len(found) == len(delivered_times(chip, "humidity"))
    values = sorted(
        [(key[0], value) for key, value in chip.server.points.items() if key[2] == "temperature"]
    )
    by_value = {}
    for time, value in values:
        number = round(value * 100)
        assert number not in by_value, (number, "was stored under two stamps")
        by_value[number] = time
    missing = 0
    for i, time in enumerate(times):
        stamp = by_value.get(i + 1)
        if stamp is None:
            missing += 1
        else:
            assert abs(seconds(stamp) - seconds(time)) < 6, (i, time, stamp)
    ledger = node.uploads[0].ledger
    assert missing <= cut_short + ledger.set_aside // 2, (missing, cut_short, ledger.set_aside)
    return missing


def seconds(stamp):
    """Return a stamp as ms since the beginning of its month."""
    day, hour, minute = int(stamp[8:10]), int(stamp[11:13]), int(stamp[14:16])
    second, ms = int(stamp[17:19]), int(stamp[20:23])
    return (((day * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms


def through_outage(chip, begin_ms, end_ms, until_ms):
    """Run, offline from `begin_ms` to `end_ms`; return the node after a last upload."""
    chip.run(TRUE_AT_START + begin_ms)
    chip.online = False
    chip.run(TRUE_AT_START + end_ms)
    chip.online = True
    node = chip.run(TRUE_AT_START + until_ms)
    delivery.send(node)
    return node
