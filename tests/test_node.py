"""Whole turns on a simulated chip: outages, crashes and power cuts lose and duplicate nothing.

The chip's side (clock, RTC memory, radio, sensors) is simulated; the node is the real one on real
files. The reference is the simulated sensor's own log.
"""

import builtins
import os
import random
import sys

from folders import fresh
from harbor_server import HarborServer
from small_segments import small_segments
from test_stage import Memory
from texts import stamp_text
from wherry import delivery
from wherry.health_channels import CHANNELS as HEALTH
from wherry.node import Node
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.room import queue_size
from wherry.rows import segment
from wherry.sampling.sampler import Sampler
from wherry.sending.upload import Upload
from wherry.time.clock import Clock
from wherry.time.setting import goes_on, load_anchors
from wherry.uplinks.harbor import dialect as harbor

SEED = 20261120
LIFE_COUNT = 6 if sys.implementation.name == "micropython" else 20
TRUE_AT_START = 848_000_000_000
ENV = (("temperature", "°C", 2), ("humidity", "%", 2))
SETTINGS = {
    "node": {
        "sample_every_ms": 10_000,
        "send_every_ms": 30_000,
        "stamps": "ms",
        "stage_age_max_ms": 0,
    },
    "power": {"source": "mains"},
}
RARE = dict(SETTINGS, node=dict(SETTINGS["node"], sample_every_ms=120_000, send_every_ms=120_000))
UPLINK = {"endpoint": "https://h.test/api/v2/ingest/7", "api_key": "key-1", "name": "n", "ca": ()}


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
        clock = Clock(state, self.root + "/anchors", load_anchors(self.root + "/anchors"))
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

    def network_time(self, deadline_ms):
        self.pass_ms(20)
        if not self.ntp:
            while self.rtc_ms() < deadline_ms:
                self.pass_ms(100)
                self.idle()
            raise OSError("no time")
        return self.rtc_ms(), self.true_ms

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


def test_an_hour_without_trouble():
    random.seed(SEED)
    chip = Chip()
    node = chip.run(TRUE_AT_START + 3_600_000)
    delivery.send(node)
    assert len(chip.log) in (360, 361)
    assert check_all_there(chip, node) == 0
    assert node.uploads[0].waiting() == 0 and chip.server.copies == 0
    assert len(delivered_times(chip, "node_rssi")) > 100
    assert max([v for k, v in chip.server.points.items() if k[2] == "node_boots"]) == 1


def test_first_rows_are_dated_when_the_time_arrives():
    random.seed(SEED)
    chip = Chip()
    chip.ntp = False
    chip.run(TRUE_AT_START + 600_000)
    assert not chip.server.points and len(chip.log) >= 60
    chip.ntp = True
    node = chip.run(TRUE_AT_START + 2_000_000)
    delivery.send(node)
    assert check_all_there(chip, node) == 0 and node.uploads[0].waiting() == 0


def test_an_outage_is_drained_in_order():
    random.seed(SEED)
    chip = Chip()
    node = through_outage(chip, 300_000, 7_200_000, 10_000_000)
    assert check_all_there(chip, node) == 0 and node.uploads[0].waiting() == 0
    reported = [line for line in chip.lines if "next try" in line]
    assert 3 < len(reported) < 40, len(reported)


def test_a_broken_sensor_is_reported_once_and_recovers():
    random.seed(SEED)
    chip = Chip()
    chip.broken = True
    chip.run(TRUE_AT_START + 300_000)
    chip.broken = False
    node = chip.run(TRUE_AT_START + 600_000)
    delivery.send(node)
    assert check_all_there(chip, node) == 0 and len(chip.log) >= 29
    assert len([line for line in chip.lines if line.startswith("sensor")]) >= 1
    assert node.stage.state.sensor_errors >= 29


def test_a_dead_time_server_does_not_stop_uploads():
    random.seed(SEED)
    chip = Chip()
    chip.run(TRUE_AT_START + 300_000)
    chip.ntp = False
    node = chip.run(TRUE_AT_START + 3 * 3_600_000)
    assert check_all_there(chip, node, cut_short=3) <= 3
    assert node.uploads[0].waiting() < 50


def test_the_time_is_requested_once_an_hour():
    random.seed(SEED)
    chip = Chip(RARE)
    asked, network_time = [], chip.network_time

    def counted(deadline_ms):
        asked.append(chip.true_ms)
        return network_time(deadline_ms)

    chip.network_time = counted
    hours = 6
    chip.run(TRUE_AT_START + hours * 3_600_000)
    assert hours <= len(asked) <= hours + 1, asked
    # A silent time server is asked again after ten minutes.
    chip.ntp = False
    del asked[:]
    chip.run(TRUE_AT_START + 2 * hours * 3_600_000)
    assert 5 * hours - 1 <= len(asked) <= 6 * hours, asked


def pass_while_sending(chip, node, ms):
    """Make the next exchange take `ms`, while rows are added, and let no other one follow it."""
    exchange = chip.exchange

    def slow(*arguments):
        chip.exchange = exchange
        answer = exchange(*arguments)
        end_ms = chip.true_ms + ms
        while chip.true_ms < end_ms:
            chip.pass_ms(500)
            node.sample_if_due()
        chip.server.down = True
        return answer

    chip.exchange = slow


@small_segments(800)
def test_rows_being_sent_are_not_dropped_when_the_queue_fills():
    random.seed(SEED)
    chip = Chip()
    chip.sensors = lambda: [("env", WildSensor(chip), 2)]
    node = chip.boot()
    node.queue.size_max = 4 * segment.SIZE_FULL
    chip.go_on(node, 60_000)
    chip.online = False
    chip.go_on(node, 300_000)
    chip.online = True
    ledger, before = node.uploads[0].ledger, chip.server.requests
    pass_while_sending(chip, node, 6_000_000)
    while chip.server.requests == before:
        chip.go_on(node, 1000)
    # The server has the rows that were being sent: they are not counted as dropped.
    assert len(chip.server.points) == ledger.delivered and len(chip.log) > 600
    assert not ledger.dropped and queue_size(node.queue) > node.queue.size_max
    chip.go_on(node, 600_000)
    assert ledger.dropped > 100 and queue_size(node.queue) <= node.queue.size_max
    chip.server.down = False
    chip.go_on(node, 1_200_000)
    delivery.send(node)
    assert len(chip.server.points) == ledger.delivered and not chip.server.copies
    assert len(chip.server.points) + ledger.dropped == node.queue.readings


class WildSensor(Sensor):
    """A sensor whose rows have ten bytes each."""

    def read(self):
        n = len(self.chip.log)
        return [(0, n * 77_777_777 % 500_000_009), (1, n * 99_999_989 % 500_000_009)]


def test_a_temporary_flash_failure_costs_only_rows_that_the_stage_cannot_hold():
    random.seed(SEED)
    chip = Chip()
    chip.sensors = lambda: [("env", WildSensor(chip), 2)]
    chip.online = False
    chip.run(TRUE_AT_START + 60_000)
    rows = len(chip.log)
    node = chip.boot()
    os.rename(chip.root + "/rows", chip.root + "/rows-away")
    open(chip.root + "/rows", "wb").close()
    while chip.true_ms < TRUE_AT_START + 2_000_000:
        chip.pass_ms(max(1, node.turn() - chip.rtc_ms()))
    os.remove(chip.root + "/rows")
    os.rename(chip.root + "/rows-away", chip.root + "/rows")
    chip.online = True
    while chip.true_ms < TRUE_AT_START + 3_200_000:
        chip.pass_ms(max(1, node.turn() - chip.rtc_ms()))
    node = chip.run(TRUE_AT_START + 3_500_000)
    delivery.send(node)
    upload = node.uploads[0]
    found = len(delivered_times(chip, "temperature"))
    assert rows + 30 < found < len(chip.log), (rows, found, len(chip.log))
    assert upload.waiting() == 0 and upload.ledger.damaged == 0
    assert 2 * (len(chip.log) - found) == upload.ledger.dropped
    assert len(chip.server.points) + upload.ledger.dropped == node.queue.readings


def test_rows_are_counted_as_lost_if_their_code_cannot_be_read():
    for parts in (("append", "rows"), ("append", "put_row")):
        rows_without_code(parts)


def rows_without_code(parts):
    """Check that five rows are counted as lost because the modules `parts` cannot be imported."""
    random.seed(SEED)
    chip = Chip()
    chip.run(TRUE_AT_START + 600_000)
    node = chip.boot()
    import_module = builtins.__import__

    def fails(name, *rest):
        if name.startswith("wherry") and rest[2] and rest[2][0] in parts:
            raise OSError(5)
        return import_module(name, *rest)

    builtins.__import__ = fails
    before = len(chip.log)
    try:
        while len(chip.log) < before + 5:
            chip.pass_ms(max(1, node.turn() - chip.rtc_ms()))
    finally:
        builtins.__import__ = import_module
    while chip.true_ms < TRUE_AT_START + 2_000_000:
        chip.pass_ms(max(1, node.turn() - chip.rtc_ms()))
    delivery.send(node)
    found = len(delivered_times(chip, "temperature"))
    assert found == len(chip.log) - 5, (found, len(chip.log))
    ledger = node.uploads[0].ledger
    # Rows of the node's own channels, of 16 readings each, may be lost as well.
    assert ledger.dropped % 16 == 10 and node.uploads[0].waiting() == 0, ledger.dropped
    assert len(chip.server.points) + ledger.dropped == node.queue.readings


def live(seed):
    """Run through crashes and cuts; return their number, and that of rows lost or set aside."""
    random.seed(seed)
    chip = Chip()
    chip.crash_in = random.randint(0, 400)
    chip.run(TRUE_AT_START + 3_000_000)
    chip.crash_in = -1
    chip.server.lost = random.randint(0, 2)
    before = len(chip.log)
    node = chip.run(TRUE_AT_START + 4_000_000)
    for _ in range(4):
        delivery.send(node)
    # Each crash can lose one measurement whose row has not been appended.
    lost = check_all_there(chip, node, cut_short=chip.crashes)
    assert node.uploads[0].waiting() == 0, seed
    assert len(chip.log) > before
    ledger = node.uploads[0].ledger
    assert ledger.dropped == 0 and ledger.damaged == 0, seed
    # Each reading that has been appended is at the server or is set aside.
    queued = node.queue.readings
    stored = len(chip.server.points)
    assert stored + ledger.set_aside == queued, (seed, stored, ledger.set_aside, queued)
    kept = [line for line in chip.lines if line.startswith("row ")]
    assert len(kept) <= node.queue.next_row
    return chip.crashes, lost


def test_crashes_and_cuts_at_any_moment():
    lives = [live(SEED + case) for case in range(LIFE_COUNT)]
    crashes, lost = sum([life[0] for life in lives]), sum([life[1] for life in lives])
    reported = len(lives), crashes, lost, SEED
    print("%d lives with %d crashes, %d rows cut short or set aside, seed %d" % reported)
    assert crashes > LIFE_COUNT
