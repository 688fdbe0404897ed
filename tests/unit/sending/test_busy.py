"""A server that refuses further requests for a time: the node waits and continues to sample."""

import random

from support.node.chip import SEED, SETTINGS, Chip
from support.uplinks.harbor_server import respond
from wherry.sending import verdict
from wherry.sending.schedule import retry
from wherry.stage.state import new_state

HOUR_MS = 3_600_000
HOURLY = dict(
    SETTINGS, node=dict(SETTINGS["node"], sample_every_ms=600_000, send_every_ms=HOUR_MS)
)
ON_BATTERY = dict(HOURLY, power={"source": "battery"})


class Many:
    """A sensor whose readings fill a batch in six samples."""

    def __init__(self, chip):
        self.chip = chip

    def start(self, anew):
        self.chip.log.append(self.chip.true_ms)
        return 0

    def read(self):
        n = len(self.chip.log)
        return [(i, n if i == 0 else -n) for i in range(31)]


class ManyChip(Chip):
    """A node with 31 readings a second."""

    channels = tuple([("temperature", "°C", 2)] + [("c%d" % i, "", 2) for i in range(30)])

    def sensors(self):
        return [("many", Many(self), 31)]


class Limited:
    """A server that accepts one request every `every_ms`; `header` is its Retry-After."""

    def __init__(self, chip, every_ms, header=""):
        self.chip, self.every_ms, self.header = chip, every_ms, header
        self.taken_ms, self.refused, self.times_ms = -every_ms, 0, []
        self.server, chip.server = chip.server, self

    @property
    def points(self):
        return self.server.points

    def exchange(self, request, deadline=0, ca=()):
        self.times_ms.append(self.chip.true_ms)
        if self.chip.true_ms - self.taken_ms < self.every_ms:
            self.refused += 1
            return respond(429, {"message": "Too Many Requests"}, self.header)
        self.taken_ms = self.chip.true_ms
        return self.server.exchange(request)


def away_ms(chip, node, turns=1):
    """Run turns that send immediately; return how long the node then waits in ms."""
    for _ in range(turns):
        node.stage.state.send_due = 0
        node.turn()
    return node.stage.state.send_due - node.ticks()


def test_no_backlog_at_a_request_a_second_and_31_readings_a_second():
    for header in ("", "Retry-After: 1\r\n"):
        random.seed(SEED)
        settings = dict(SETTINGS["node"], sample_every_ms=1000, send_every_ms=10_000)
        chip = ManyChip(dict(SETTINGS, node=settings))
        limited = Limited(chip, 1000, header)
        node = chip.boot()
        waiting = []
        for _ in range(60):
            chip.go_on(node, 10_000)
            waiting.append(node.uploads[0].waiting())
        assert max(waiting[1:]) <= 1000 and limited.refused, (waiting, header)
        # The requests delayed no sample.
        gaps_ms = [b - a for a, b in zip(chip.log, chip.log[1:])]
        assert max(gaps_ms) <= 1200, (max(gaps_ms), header)


def test_after_a_429_a_node_that_sends_hourly_does_not_wait_an_hour():
    for settings in (HOURLY, ON_BATTERY):
        for header, least_ms, most_ms in (
            ("", 0, 2_000), ("Retry-After: 2\r\n", 1_900, 3_000),
            ("Retry-After: 300\r\n", 299_000, 303_000),
        ):  # fmt: skip
            random.seed(SEED)
            chip = Chip(settings)
            node = chip.boot()
            chip.go_on(node, HOUR_MS)
            limited = Limited(chip, 500, header)
            limited.taken_ms = HOUR_MS + chip.true_ms
            limited.every_ms = HOUR_MS + 100
            node.stage.state.send_due = 0
            begin_ms = chip.true_ms
            # The server accepts requests again a moment after the first one.
            while not limited.times_ms:
                chip.go_on(node, 10)
            limited.every_ms = -HOUR_MS * 100
            while len(limited.times_ms) < 2:
                chip.go_on(node, 100)
            late_ms = limited.times_ms[1] - limited.times_ms[0]
            assert least_ms <= late_ms <= most_ms, (header, late_ms, settings["power"])
            chip.go_on(node, 30_000)
            assert node.uploads[0].waiting() == 0 and chip.true_ms - begin_ms < HOUR_MS // 8


def test_failures_with_and_without_an_answer_do_not_add_up():
    random.seed(SEED)
    chip = Chip()
    node = chip.boot()
    chip.go_on(node, 60_000)
    chip.server.down = True
    assert away_ms(chip, node, 9) > 600_000 and node.stage.state.failures == 9
    chip.server.down = False
    chip.server.statuses = [429, 429]
    chip.server.retry_after = "Retry-After: 20\r\n"
    assert away_ms(chip, node) <= 21_000 and node.stage.state.failures == 0
    # Failures of a dead line do not make a server's first wait longer, and vice versa.
    chip.server.down = True
    away_ms(chip, node, 9)
    upload = node.uploads[0]
    retry.stay_away(node, upload, verdict.RETRY, 0, "HTTP 500")
    assert node.stage.state.failures == 1
    retry.stay_away(node, upload, verdict.RETRY, 0, "HTTP 500")
    assert node.stage.state.failures == 2
    retry.stay_away(node, upload, verdict.NO_ANSWER, 0, "no network")
    assert node.stage.state.failures == 3


def test_the_state_of_a_busy_server_survives_a_sleep():
    random.seed(SEED)
    chip = Chip(ON_BATTERY)
    node = chip.boot()
    chip.go_on(node, HOUR_MS)
    chip.server.statuses = [429] * 100
    for count in range(1, 15):
        node.stage.state.send_due = 0
        before = node.stage.state.busy[0]
        node.turn()
        assert node.stage.state.busy[0] > before or before == 12, count
        node = chip.boot()
    assert node.stage.state.busy[0] == 12
    assert new_state().busy == bytearray(80)


def test_a_busy_server_is_not_blamed_on_a_reading():
    random.seed(SEED)
    chip = Chip()
    node = chip.boot()
    chip.go_on(node, 60_000)
    chip.server.statuses = [503] * 6
    chip.server.retry_after = "Retry-After: 1\r\n"
    chip.go_on(node, 180_000)
    assert any("HTTP 503; again in " in line for line in chip.lines), chip.lines
    upload = node.uploads[0]
    assert upload.trouble is None and upload.count_max == upload.ledger.set_aside == 0
    chip.go_on(node, 31_000)
    delivered = len([key for key in chip.server.points if key[2] == "temperature"])
    assert delivered >= len(chip.log) - 4 > 20, (delivered, len(chip.log))
