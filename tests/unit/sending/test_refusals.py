"""Refusals and failures, step by step: the next batch, the reading at fault, and the state."""

from support.uplinks.scripted import BEGIN_S, ScriptedRig, places
from wherry.sending import verdict
from wherry.sending.begin import begin
from wherry.sending.refusal.aside_files import Aside

OK = verdict.DELIVERED, 200
BAD = verdict.REJECTED, 400
FAILED = verdict.RETRY, 500
LOST = None, 0
AGAIN, DENIED, RETRY = verdict.AGAIN, verdict.DENIED, verdict.RETRY


def follow(rig, steps):
    """Take steps of (answer, first reading sent, number sent, verdict, number settled).

    Readings are numbered, and each row has two. A lost answer has the verdict None.
    """
    for at, (answer, first, count, kind, settled) in enumerate(steps):
        outcome = rig.step(*answer)
        assert rig.sent[-1] == places(first, first + count), (at, rig.sent[-1])
        if answer is LOST:
            assert isinstance(outcome, OSError), at
        else:
            assert (outcome.kind, outcome.status) == (kind, answer[1]), (at, outcome.kind)
        ledger = rig.saved()
        assert rig.ledger.settled() == ledger.settled() == settled, (at, ledger.settled())
        assert 2 * ledger.row + ledger.channel == settled, at
    assert len(rig.sent) == len(steps)


def kept(rig):
    """Return (number, status, reason, uplink) of the readings set aside."""
    found = Aside(rig.root + "/aside").readings()
    return [(2 * each[0] + each[1],) + each[7:] for each in found]


def test_a_refused_batch_is_halved_down_to_its_bad_reading():
    rig = ScriptedRig(8)
    follow(rig, (
        (BAD, 0, 16, verdict.REJECTED, 0), (BAD, 0, 8, verdict.REJECTED, 0),
        (OK, 0, 4, verdict.DELIVERED, 4), (BAD, 4, 4, verdict.REJECTED, 4),
        (BAD, 4, 2, verdict.REJECTED, 4), (OK, 4, 1, verdict.DELIVERED, 5),
        (BAD, 5, 1, verdict.REJECTED, 6),
        # The reading was found: batches grow again.
        (OK, 6, 1, verdict.DELIVERED, 7), (OK, 7, 2, verdict.DELIVERED, 9),
        (OK, 9, 4, verdict.DELIVERED, 13), (OK, 13, 3, verdict.DELIVERED, 16),
    ))  # fmt: skip
    assert kept(rig) == [(5, 400, "", "u")]
    entry = next(Aside(rig.root + "/aside").readings())
    assert entry[2:7] == ("humidity", 201, 1, BEGIN_S + 2, -1)
    ledger = rig.saved()
    assert (ledger.delivered, ledger.set_aside, ledger.count_limit) == (15, 1, 0)
    assert rig.upload.trouble is None and rig.upload.count_max == 8


def test_if_all_parts_are_accepted_the_largest_is_the_servers_limit():
    rig = ScriptedRig(10)
    follow(rig, (
        (BAD, 0, 16, verdict.REJECTED, 0), (OK, 0, 8, verdict.DELIVERED, 8),
        (BAD, 8, 8, verdict.REJECTED, 8), (OK, 8, 4, verdict.DELIVERED, 12),
    ))  # fmt: skip
    assert rig.upload.trouble.suspects == (7, 2) and rig.ledger.count_limit == 0
    assert (rig.upload.trouble.most, rig.upload.count_max) == (8, 4)
    rig.sent.clear()
    follow(rig, ((OK, 12, 4, verdict.DELIVERED, 16), (OK, 16, 4, verdict.DELIVERED, 20)))
    assert rig.saved().count_limit == 8 and rig.upload.trouble is None
    assert rig.upload.count_max == 8 and rig.ledger.set_aside == 0


def test_after_eight_readings_refused_in_a_row_the_server_is_at_fault():
    rig = ScriptedRig(8)
    rig.upload.count_max = 1
    steps = [(BAD, i, 1, verdict.REJECTED, i + 1) for i in range(8)]
    follow(rig, steps + [(BAD, 8, 1, DENIED, 8)])
    assert rig.ledger.set_aside == 8 and rig.upload.trouble.refused == 8
    # A reading that is accepted ends the series.
    rig.sent.clear()
    follow(rig, ((OK, 8, 1, verdict.DELIVERED, 9), (BAD, 9, 2, verdict.REJECTED, 9)))
    assert rig.upload.trouble.refused == 0 and rig.upload.count_max == 1


def test_a_reading_is_at_fault_only_if_it_fails_alone_and_the_next_is_accepted():
    rig = ScriptedRig(2)
    follow(rig, (
        (FAILED, 0, 4, RETRY, 0), (FAILED, 0, 4, RETRY, 0), (FAILED, 0, 4, RETRY, 0),
        (FAILED, 0, 2, RETRY, 0), (FAILED, 0, 1, AGAIN, 0),
        # The next reading is accepted, and the failing one is tried once more.
        (OK, 1, 1, AGAIN, 0), (FAILED, 0, 1, verdict.REJECTED, 1),
    ))  # fmt: skip
    assert kept(rig) == [(0, 500, "the server fails on this reading alone", "u")]
    assert rig.upload.trouble is None and rig.upload.count_max == 1
    rig.sent.clear()
    follow(rig, ((OK, 1, 1, verdict.DELIVERED, 2), (OK, 2, 2, verdict.DELIVERED, 4)))
    assert rig.ledger.delivered == 3


def test_an_accusation_ends_with_the_accused_reading():
    rig = ScriptedRig(3)
    rig.upload.count_max = 1
    follow(rig, (
        (FAILED, 0, 1, RETRY, 0), (FAILED, 0, 1, RETRY, 0), (FAILED, 0, 1, AGAIN, 0),
        (OK, 1, 1, AGAIN, 0), (BAD, 0, 1, verdict.REJECTED, 1),
        # The next reading fails for the first time.
        (FAILED, 1, 1, RETRY, 1),
    ))  # fmt: skip
    assert rig.ledger.set_aside == 1 and rig.upload.trouble.strikes == 1


def probing(row_count=3):
    """Return a rig whose server has failed three times on the first reading, sent alone."""
    rig = ScriptedRig(row_count)
    rig.upload.count_max = 1
    follow(rig, ((FAILED, 0, 1, RETRY, 0), (FAILED, 0, 1, RETRY, 0), (FAILED, 0, 1, AGAIN, 0)))
    assert rig.upload.trouble.probing and rig.upload.trouble.strikes == 0
    rig.sent.clear()
    return rig


def test_the_answer_to_the_next_reading_decides_between_the_reading_and_the_server():
    for answer, kind in (
        (FAILED, RETRY), (BAD, RETRY), ((DENIED, 401), DENIED), ((RETRY, 408), RETRY),
    ):  # fmt: skip
        rig = probing()
        outcome = rig.step(*answer)
        assert rig.sent == [places(1, 2)], answer
        assert (outcome.kind, outcome.count) == (kind, 0), answer
        # No reading is accused: the search starts again with the first reading.
        assert rig.upload.trouble is None and rig.ledger.settled() == 0, answer
    rig = probing()
    follow(rig, ((OK, 1, 1, AGAIN, 0), (OK, 0, 1, verdict.DELIVERED, 1)))
    assert rig.upload.trouble is None and rig.ledger.set_aside == 0
    # The first reading was accepted in the end, so the accusation does not pass to later readings.
    rig.sent.clear()
    follow(rig, ((FAILED, 1, 2, RETRY, 1),))
    assert rig.upload.trouble.strikes == 1


def test_a_failing_reading_waits_if_there_is_no_next_reading():
    rig = ScriptedRig(1)
    rig.step(*OK)
    rig.ledger.row, rig.ledger.channel, rig.ledger.delivered = 0, 1, 1
    rig.upload.count_max = 1
    for _ in range(3):
        last = rig.step(*FAILED)
    sent = len(rig.sent)
    outcome = rig.step(*OK)
    assert last.kind == AGAIN and len(rig.sent) == sent
    assert (outcome.kind, outcome.status, outcome.count) == (RETRY, 0, 0)
    assert outcome.note == "a reading is refused, and no later one is there to compare"
    assert rig.upload.trouble is None and rig.ledger.settled() == 1
    # The reading is sent alone again.
    rig.step(*OK)
    assert rig.sent[-1] == places(1, 2) and rig.ledger.settled() == 2


def test_lost_answers_make_batches_smaller_and_accuse_no_reading():
    rig = ScriptedRig(8)
    follow(rig, (
        (LOST, 0, 16, None, 0), (LOST, 0, 16, None, 0), (LOST, 0, 16, None, 0),
        (LOST, 0, 8, None, 0), (LOST, 0, 4, None, 0), (LOST, 0, 2, None, 0), (LOST, 0, 1, None, 0),
        (LOST, 0, 1, None, 0), (OK, 0, 1, verdict.DELIVERED, 1), (OK, 1, 2, verdict.DELIVERED, 3),
    ))  # fmt: skip
    assert rig.upload.trouble is None and rig.upload.count_max == 4 and not rig.ledger.set_aside


def begun(failures, count_max=0, count_limit=0):
    """Return the limit of a turn's first batch in readings; 0 means the dialect's maximum."""
    upload = ScriptedRig(0).upload
    upload.count_max, upload.ledger.count_limit = count_max, count_limit
    begin(upload, failures)
    assert upload.failures == failures and upload.ledger.count_limit == count_limit
    return upload.count_max


def test_each_failure_from_the_third_in_a_row_halves_the_first_batch():
    for failures, count_max in (
        (0, 0), (1, 0), (2, 0), (3, 8), (4, 4), (5, 2), (6, 1), (7, 1), (8, 1), (250, 1),
    ):  # fmt: skip
        assert begun(failures) == count_max, failures
        # If the last batch's limit or the learned limit is smaller, it applies.
        assert begun(failures, 5, 11) == min(count_max or 5, 5), failures
        assert begun(failures, 0, 3) == min(count_max or 3, 3), failures
