"""Whole turns on a simulated chip: outages, crashes and power cuts lose and duplicate nothing.

The chip's side (clock, RTC memory, radio, sensors) is simulated; the node is the real one on real
files. The reference is the simulated sensor's own log.
"""

import os
import random
import sys

from support.node.chip import (
    SEED,
    SETTINGS,
    TRUE_AT_START,
    Chip,
    Sensor,
    check_all_there,
    delivered_times,
    through_outage,
)
from support.queue.small_segments import small_segments
from wherry import delivery
from wherry.queue.room import queue_size
from wherry.rows import segment

LIFE_COUNT = 6 if sys.implementation.name == "micropython" else 20
DAY = 86_400_000
RARE = dict(SETTINGS, node=dict(SETTINGS["node"], sample_every_ms=120_000, send_every_ms=120_000))


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


def test_a_dead_time_server_does_not_stop_uploads():
    random.seed(SEED)
    chip = Chip()
    chip.run(TRUE_AT_START + 300_000)
    chip.ntp = False
    node = chip.run(TRUE_AT_START + 3 * 3_600_000)
    assert check_all_there(chip, node, cut_short=3) <= 3
    assert node.uploads[0].waiting() < 50


def test_the_time_is_requested_less_often_as_the_drift_is_learned():
    random.seed(SEED)
    chip = Chip(RARE)
    asked, network_time = [], chip.network_time

    def counted(deadline_ms, first):
        asked.append(chip.true_ms)
        return network_time(deadline_ms, first)

    chip.network_time = counted
    chip.run(TRUE_AT_START + DAY)
    first = len(asked)
    chip.run(TRUE_AT_START + 3 * DAY)
    assert 6 < first < 16 and len(asked) - first < first, asked
    # A silent time server is asked again after ten minutes.
    chip.ntp = False
    chip.run(TRUE_AT_START + 5 * DAY)
    steps_s = [(asked[i + 1] - asked[i]) // 1000 for i in range(len(asked) - 9, len(asked) - 1)]
    assert steps_s == [720] * 8, asked


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
    # Between two checks these small segments may grow by more than the margin.
    size_max = node.queue.size_max + segment.SIZE_FULL // 4
    assert ledger.dropped > 100 and queue_size(node.queue) <= size_max
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
