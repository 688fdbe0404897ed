"""A node's waits, exact to the ms: the test chooses the random number."""

import random

from support.node.chip import SETTINGS, Chip
from wherry.sending import verdict
from wherry.sending.outcome import Outcome
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


def test_the_kind_of_the_last_failure_is_saved_with_the_count():
    for was, has_answered, failures, after in (
        (5, True, 4, 5), (5, False, 4, 0x85), (0x85, False, 4, 0x85), (0x85, True, 0, 5),
        (0, True, 4, 0), (0, False, 4, 0x80), (0x80, True, 0, 0), (0x8C, False, 4, 0x8C),
    ):  # fmt: skip
        _, node = booted()
        state = node.stage.state
        state.failures, state.busy[0] = 4, was
        busy.separate(node, node.uploads[0], has_answered)
        assert (state.failures, state.busy[0]) == (failures, after), (was, has_answered)
        # A busy server has answered, so the count of failures with an answer continues.
        with_chance(0, busy.next_try, node, node.uploads[0], 0, "", 0)
        assert state.busy[0] == min((was & 0x7F) + 1, 12)


def test_the_wait_after_a_failure_depends_on_its_number_and_kind():
    for kind, before, mean_ms in (
        (verdict.RETRY, 0, EVERY_MS), (verdict.RETRY, 1, 2 * EVERY_MS),
        (verdict.RETRY, 4, 16 * EVERY_MS), (verdict.RETRY, 5, 900_000),
        (verdict.NO_ANSWER, 0, EVERY_MS), (verdict.DENIED, 0, 4 * EVERY_MS),
        (verdict.DENIED, 4, 64 * EVERY_MS), (verdict.DENIED, 5, 3_600_000),
        (verdict.RETRY, 249, 900_000), (verdict.RETRY, 250, 900_000),
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


def test_if_the_cadence_is_longer_than_the_bound_it_is_the_bound():
    for failures, denied, every_ms, mean_ms in (
        (1, False, 900_001, 900_001), (3, False, 900_001, 900_001), (1, True, 900_000, 3_600_000),
        (1, True, 3_600_001, 3_600_001), (12, False, 100, 204_800), (13, False, 100, 409_600),
        (14, False, 100, 409_600), (10, True, 100, 204_800), (11, True, 100, 409_600),
        (12, True, 100, 409_600),
    ):  # fmt: skip
        found = retry.wait_ms(failures, denied, every_ms, 3_600_000 if denied else 900_000, 0x8000)
        assert abs(found - mean_ms) <= 1, (failures, denied, every_ms, found)


def test_only_a_refused_node_is_reported_and_only_a_busy_server_is_tried_again():
    for kind, is_refused, is_again in (
        (verdict.DENIED, True, False), (verdict.RETRY, False, False), (verdict.BUSY, False, True),
    ):  # fmt: skip
        chip, node = booted()
        outcome = Outcome(kind, "HTTP 9: check it", 9, 2)
        due = retry.next_try(node, node.uploads[0], outcome, node.ticks() + 20_000)
        assert (due is not None) == is_again, kind
        assert node.refused == ((node.uploads[0], "HTTP 9: check it") if is_refused else None)
        assert chip.lines[-1].startswith("harbor: HTTP 9: check it; "), kind
        assert node.stage.state.failures == (0 if is_again else 1)
    chip, node = booted()
    outcome = Outcome(verdict.RETRY, "", 500, 86_400)
    assert retry.next_try(node, node.uploads[0], outcome, 0) is None
    assert node.stage.state.send_due - node.ticks() == 86_400_000
