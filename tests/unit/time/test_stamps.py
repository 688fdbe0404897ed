"""Stamps at any cadence, in s or ms: in order, unique, and near the true time."""

import random
import sys

from support.node.chip import SETTINGS, Chip, Sensor
from support.node.texts import stamp_text
from support.uplinks.harbor_server import HarborServer
from wherry.health_channels import CHANNELS as HEALTH

SEED = 20261123
CASE_COUNT = 8 if sys.implementation.name == "micropython" else 30
CADENCES_MS = (100, 250, 499, 500, 999, 1000, 1001, 1500, 1999, 2000, 2001, 3000, 10_000)
# An exchange and the sample that it delays take about a second.
LATE_MS_MAX = 1900
SAMPLE_COUNT = 150
STEP_MS_MAX = 290_000


class UnsteadyChip(Chip):
    """A chip whose requests delay samples, and whose time server is sometimes wrong."""

    ntp_error_ms = 0

    def sensors(self):
        return [("env", Sensor(self), 2)]

    def exchange(self, request, deadline_ms, ca):
        self.pass_ms(random.randint(0, LATE_MS_MAX))
        return super().exchange(request, deadline_ms, ca)

    def network_time(self, deadline_ms, first):
        rtc_ms, true_ms, uncertainty_ms, number = super().network_time(deadline_ms, first)
        return rtc_ms, true_ms + self.ntp_error_ms, uncertainty_ms, number


def ms_of(text):
    """Return the ms since the beginning of the month of a stamp, given with or without ms."""
    hours = int(text[8:10]) * 24 + int(text[11:13])
    seconds = (hours * 60 + int(text[14:16])) * 60 + int(text[17:19])
    return seconds * 1000 + (int(text[20:23]) if text[19] == "." else 0)


def run(every_ms, send_ms, stamps, correct):
    """Run a node for SAMPLE_COUNT samples; return it, and the largest error of its clock in ms."""
    node_settings = dict(SETTINGS["node"], sample_every_ms=every_ms, send_every_ms=send_ms)
    chip = UnsteadyChip(dict(SETTINGS, node=dict(node_settings, stamps=stamps)))
    chip.server = HarborServer()
    node = chip.boot()
    worst_ms = 0
    while len(chip.log) < SAMPLE_COUNT:
        if correct and not random.getrandbits(4):
            # A correction of up to five minutes applies immediately; the next one undoes it.
            chip.ntp_error_ms = random.randint(0, STEP_MS_MAX) if not chip.ntp_error_ms else 0
            node.stage.state.sync_due = 0
            worst_ms = max(worst_ms, chip.ntp_error_ms)
        chip.go_on(node, every_ms)
    node.stage.state.send_due = 0
    while node.uploads[0].waiting():
        node.turn()
        node.stage.state.send_due = 0
        chip.pass_ms(1000)
    return chip, worst_ms


def stamps_of(chip, name):
    """Return a channel's stamps as text, sorted by time."""
    return sorted([key[0] for key in chip.server.points if key[2] == name])


def check(case, every_ms, send_ms, stamps, correct):
    """Compare each stamp of a run with the time of its sample."""
    chip, worst_ms = run(every_ms, send_ms, stamps, correct)
    fine = stamps == "ms" or every_ms < 2000
    # A row's stamp is the middle of its sensors' starts, which take 2 ms. No two are equal.
    bound_ms = (5 if fine else 505) + worst_ms
    found = stamps_of(chip, "temperature")
    assert len(found) == len(chip.log), (case, len(found), len(chip.log))
    by_number = {}
    for key, value in chip.server.points.items():
        if key[2] == "temperature":
            by_number[round(value * 100)] = key[0]
    last = ""
    for number in range(1, len(chip.log) + 1):
        true_ms, text = chip.log[number - 1], by_number[number]
        truth = stamp_text(true_ms // 1000, true_ms % 1000)
        late_ms = abs(ms_of(text) - ms_of(truth))
        assert late_ms <= bound_ms, (case, number, text, truth)
        assert ms_of(text) > ms_of(last) if last else True, (case, number, text, last)
        last = text
    own = stamps_of(chip, HEALTH[0][0])
    assert len(own) == len(set(own)) > 1, case


def test_stamps_of_any_cadence_are_in_order_and_near_the_truth():
    for number in range(CASE_COUNT):
        random.seed(SEED + number)
        every_ms = random.choice(CADENCES_MS)
        send_ms = every_ms * random.choice((1, 2, 5, 20))
        stamps = random.choice(("s", "ms"))
        correct = random.getrandbits(1)
        case = SEED + number, every_ms, send_ms, stamps, correct
        check(case, every_ms, send_ms, stamps, correct)


def test_a_faster_cadence_requested_by_a_server_has_stamps_in_ms():
    random.seed(SEED)
    chip = UnsteadyChip(dict(SETTINGS, node=dict(SETTINGS["node"], stamps="s")))
    node = chip.boot()
    chip.go_on(node, 60_000)
    # Change the cadence as sending/session/server_requests.py does.
    node.sample_every_ms = 500
    chip.go_on(node, 60_000)
    found = stamps_of(chip, "temperature")
    in_ms = [text for text in found if text[19] == "."]
    assert len(found) > 60 and len(found) - 8 <= len(in_ms) < len(found), (len(found), len(in_ms))


def test_rows_of_the_nodes_own_channels_do_not_move_the_stamps_of_samples():
    # With a row each second, a health row must not move the next stamps forward by a second.
    for every_ms in (500, 1000, 2000):
        random.seed(SEED)
        check(every_ms, every_ms, 10_000, "s", False)
