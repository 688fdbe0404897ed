"""How long a node waits after failures: doubling, bounded, random, or as Retry-After requests."""

import random

from support.node.chip import SEED, SETTINGS, TRUE_AT_START, Chip
from wherry.sending import verdict
from wherry.sending.schedule import retry

EVERY_MS = SETTINGS["node"]["send_every_ms"]
MOST_MS = 30 * EVERY_MS
_RANDOM_END = 1 << 16


def away_ms(node, retry_s=0, kind=verdict.RETRY):
    """Return how many ms a node waits after one more failure."""
    retry.stay_away(node, node.uploads[0], kind, retry_s, "no")
    return node.stage.state.send_due - node.ticks()


def test_a_wait_doubles_up_to_its_bound_and_varies_by_a_quarter():
    for failures, denied, mean_ms in (
        (1, False, EVERY_MS), (2, False, 2 * EVERY_MS), (5, False, 16 * EVERY_MS),
        (6, False, MOST_MS), (250, False, MOST_MS),
        (1, True, 4 * EVERY_MS), (4, True, MOST_MS), (250, True, MOST_MS),
    ):  # fmt: skip
        parts = failures, denied, EVERY_MS, MOST_MS
        assert retry.wait_ms(*parts, 0) == mean_ms * 3 // 4, parts
        assert retry.wait_ms(*parts, _RANDOM_END // 2) == mean_ms, parts
        most_ms = retry.wait_ms(*parts, _RANDOM_END - 1)
        assert mean_ms * 5 // 4 - mean_ms // 1000 <= most_ms < mean_ms * 5 // 4, parts


def test_the_longest_wait_is_four_hours_on_battery_without_an_answer():
    hour_ms = 3_600_000
    for source, kind, most_ms in (
        ("mains", verdict.NO_ANSWER, hour_ms // 4), ("battery", verdict.NO_ANSWER, 4 * hour_ms),
        ("mains", verdict.RETRY, hour_ms // 4), ("battery", verdict.RETRY, hour_ms // 4),
        ("battery", verdict.DENIED, hour_ms),
    ):  # fmt: skip
        node = Chip(dict(SETTINGS, power={"source": source})).boot()
        for every_ms in (EVERY_MS, 12 * hour_ms):
            node.send_every_ms, node.stage.state.failures = every_ms, 20
            # A node that sends rarely waits no longer than its own cadence.
            wanted_ms = max(every_ms, most_ms)
            found_ms = away_ms(node, kind=kind)
            assert wanted_ms * 3 // 4 <= found_ms <= wanted_ms * 5 // 4, (source, kind, every_ms)


def test_nodes_that_lost_the_same_server_do_not_all_return_at_the_same_time():
    random.seed(SEED)
    waits = [away_ms(Chip().boot()) for _ in range(40)]
    assert len(set(waits)) > 30, (waits, SEED)
    assert EVERY_MS * 3 // 4 <= min(waits) < EVERY_MS * 7 // 8, (waits, SEED)
    assert EVERY_MS * 9 // 8 < max(waits) < EVERY_MS * 5 // 4, (waits, SEED)


def test_the_longer_of_the_servers_wait_and_the_nodes_own_wait_applies():
    random.seed(SEED)
    node = Chip().boot()
    assert away_ms(node, 600) == 600_000
    for _ in range(8):
        away_ms(node)
    assert away_ms(node, 600) >= 900_000 * 3 // 4
    assert away_ms(node, 7200) == 7_200_000


def test_a_node_waits_as_long_as_a_server_requests():
    random.seed(SEED)
    chip = Chip()
    node = chip.run(TRUE_AT_START + 60_000)
    chip.server.statuses, chip.server.retry_after = [429], "Retry-After: 300\r\n"
    due_ms = chip.rtc_ms()
    while "HTTP 429" not in chip.lines[-1]:
        chip.pass_ms(max(1, due_ms - chip.rtc_ms()))
        due_ms = node.turn()
    assert "next try in 300 s" in chip.lines[-1]
    refused_ms, before = chip.true_ms, chip.server.requests
    while chip.server.requests == before:
        chip.pass_ms(max(1, due_ms - chip.rtc_ms()))
        due_ms = node.turn()
    assert 300_000 <= chip.true_ms - refused_ms < 302_000


class FarChip(Chip):
    """A chip whose exchanges take six seconds each; an upload has 20 seconds."""

    def exchange(self, request, deadline_ms, ca):
        for _ in range(60):
            self.pass_ms(100)
            self.idle()
        return Chip.exchange(self, request, deadline_ms, ca)


def test_an_upload_out_of_time_continues_immediately_or_on_battery_at_the_next_sample():
    for source in ("mains", "battery"):
        random.seed(SEED)
        settings = dict(SETTINGS["node"], sample_every_ms=60_000, send_every_ms=3_600_000)
        chip = FarChip(dict(SETTINGS, node=settings, power={"source": source}))
        node = chip.boot()
        chip.online = False
        chip.go_on(node, 20 * 3_600_000)
        chip.online = True
        state, upload = node.stage.state, node.uploads[0]
        # The next sample is far away.
        chip.go_on(node, state.sample_due - node.ticks() + 1)
        state.send_due, requests = node.ticks(), chip.server.requests
        node.turn()
        assert chip.server.requests > requests + 1 and upload.waiting() > 200
        due = state.sample_due if source == "battery" else node.ticks()
        assert state.send_due == due, (source, state.send_due, due)
        assert state.sample_due > node.ticks() + 10_000
        chip.go_on(node, 1_200_000)
        assert upload.waiting() < 50 and not chip.server.copies
