"""How long a node waits: exact to the ms, bounded, random, or as Retry-After requests."""

import random

from support.node.chip import SEED, SETTINGS, Chip
from wherry.sending import verdict
from wherry.sending.schedule import busy, retry

EVERY_MS = SETTINGS["node"]["send_every_ms"]
CHANCES = (0, 1, 0x8000, 0xFFFF)


class Chance:
    """A replacement for the module random: the same number each time."""

    def __init__(self, number):
        self.number = number

    def getrandbits(self, count):
        assert count == 16
        return self.number


def with_chance(number, function, *args):
    """Call a function of retry.py or busy.py with `number` as its random number."""
    retry.random = busy.random = Chance(number)
    try:
        return function(*args)
    finally:
        retry.random = busy.random = random


def booted(send_every_ms=EVERY_MS, source="mains"):
    settings = dict(SETTINGS["node"], send_every_ms=send_every_ms)
    chip = Chip(dict(SETTINGS, node=settings, power={"source": source}))
    return chip, chip.boot()


def test_a_wait_doubles_from_a_second_to_the_longer_of_cadence_and_a_quarter_of_an_hour():
    for every_ms, most_ms in ((EVERY_MS, 900_000), (900_001, 900_001), (3_600_000, 3_600_000)):
        _, node = booted(every_ms)
        state = node.stage.state
        for count in range(14):
            own_ms = min(1000 << min(count, 12), most_ms)
            for chance in CHANCES:
                state.busy[0] = count if count <= 12 else 12
                deadline = node.ticks()
                args = node, node.uploads[0], 0, "note", deadline
                assert with_chance(chance, busy.next_try, *args) is None
                expected_ms = own_ms + own_ms // 4 * chance // 65536
                assert state.send_due - node.ticks() == expected_ms, (every_ms, count, chance)
                assert state.busy[0] == min(count + 1, 12)


def test_a_dialect_may_set_the_time_that_refills_a_bucket():
    _, node = booted()
    upload = node.uploads[0]

    class Slow:
        REFILL_S = 60

    upload.dialect = Slow
    for count, own_ms in ((0, 60_000), (1, 120_000), (3, 480_000), (4, 900_000)):
        node.stage.state.busy[0] = count
        assert with_chance(0, busy.next_try, node, upload, 0, "", node.ticks()) is None
        assert node.stage.state.send_due - node.ticks() == own_ms, count


def test_the_longer_wait_applies_and_is_printed_in_whole_seconds():
    for retry_s, chance, wait_ms, reported_s in (
        (0, 0, 1000, 1), (0, 0xFFFF, 1249, 2), (1, 0xFFFF, 1249, 2), (2, 0xFFFF, 2000, 2),
        (1, 0, 1000, 1),
    ):  # fmt: skip
        chip, node = booted()
        node.stage.state.failures = 7
        due = with_chance(
            chance, busy.next_try, node, node.uploads[0], retry_s, "a: busy", node.ticks() + 20_000
        )
        assert due - node.ticks() == wait_ms, (retry_s, chance)
        assert chip.lines[-1] == "a: busy; again in %d s" % reported_s
        assert node.stage.state.failures == 0


def test_a_wait_is_within_the_upload_only_if_an_exchange_fits_after_it():
    for source, retry_s, left_ms, is_short in (
        ("mains", 3, 8001, True), ("mains", 3, 8000, False), ("mains", 14, 20_000, True),
        ("mains", 15, 20_001, True), ("mains", 15, 20_000, False),
        ("battery", 5, 10_001, True), ("battery", 5, 10_000, False), ("battery", 6, 20_000, False),
    ):  # fmt: skip
        chip, node = booted(source=source)
        args = node, node.uploads[0], retry_s, "x", node.ticks() + left_ms
        send_due = node.stage.state.send_due = 123
        due = with_chance(0, busy.next_try, *args)
        assert (due is not None) == is_short, (source, retry_s, left_ms)
        # The server's wait is in the state only if it ends the upload.
        after = node.ticks() + retry_s * 1000
        found = due, node.stage.state.send_due
        assert found == ((after, send_due) if is_short else (None, after))
        again = "again in" if is_short else "next try in"
        assert chip.lines[-1] == "x; %s %d s" % (again, retry_s)
    # On battery, the node's own wait also ends the upload if it is longer than a wake costs.
    for count, is_short in ((0, True), (1, True), (2, True), (3, False)):
        _, node = booted(source="battery")
        node.stage.state.busy[0] = count
        args = node, node.uploads[0], 0, "x", node.ticks() + 60_000
        assert (with_chance(0, busy.next_try, *args) is not None) == is_short, count


def test_the_wait_after_a_failure_depends_on_its_number_and_kind():
    for kind, before, mean_ms in (
        (verdict.RETRY, 0, EVERY_MS), (verdict.RETRY, 1, 2 * EVERY_MS),
        (verdict.RETRY, 4, 16 * EVERY_MS), (verdict.RETRY, 5, 900_000),
        (verdict.NO_ANSWER, 0, EVERY_MS), (verdict.DENIED, 0, 4 * EVERY_MS),
        (verdict.DENIED, 4, 64 * EVERY_MS), (verdict.DENIED, 5, 3_600_000),
        (verdict.RETRY, 250, 900_000),
    ):  # fmt: skip
        for chance in CHANCES:
            chip, node = booted()
            state = node.stage.state
            state.failures = before
            state.busy[0] = 0x80 if kind == verdict.NO_ANSWER else 0
            with_chance(chance, retry.stay_away, node, node.uploads[0], kind, 0, "x: y")
            wait_ms = mean_ms * 3 // 4 + mean_ms // 2 * chance // 65536
            assert state.send_due - node.ticks() == wait_ms, (kind, before, chance)
            assert state.failures == min(before + 1, 250)
            assert chip.lines[-1] == "x: y; next try in %d s" % (wait_ms // 1000)


def away_ms(node, retry_s=0, kind=verdict.RETRY):
    """Return how many ms a node waits after one more failure."""
    retry.stay_away(node, node.uploads[0], kind, retry_s, "no")
    return node.stage.state.send_due - node.ticks()


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
