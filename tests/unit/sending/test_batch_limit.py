"""The size limit of the next batch: after failures, while it grows, and at a learned limit."""

from support.uplinks.scripted import COUNT_MAX, ScriptedRig
from wherry.sending.batch import batch_limit
from wherry.sending.begin import begin


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


def grown(count_max, count_limit, passes, count):
    """Return (count_max, count_limit, passes) after the server took a batch of this size."""
    upload = ScriptedRig(0).upload
    ledger = upload.ledger
    upload.count_max, ledger.count_limit, ledger.passes = count_max, count_limit, passes
    upload.batch.count = count
    batch_limit.grow(upload)
    return upload.count_max, ledger.count_limit, ledger.passes


def test_a_delivered_full_batch_doubles_the_next():
    for before, count, after in (
        (1, 1, 2), (2, 2, 4), (5, 5, 10), (7, 7, 14),
        # From half the dialect's limit on, the next limit is the dialect's, stored as 0.
        (8, 8, 0), (9, 9, 0), (15, 15, 0), (0, 16, 0), (0, 3, 0),
        # A batch below its limit does not raise it.
        (5, 4, 5), (8, 7, 8), (2, 1, 2),
    ):  # fmt: skip
        assert grown(before, 0, 0, count) == (after, 0, 1), (before, count)


def test_a_learned_limit_is_kept_for_a_hundred_batches_and_then_doubled():
    for before, count, after in (
        ((3, 6, 0), 3, (6, 6, 1)), ((4, 6, 0), 4, (6, 6, 1)), ((2, 6, 0), 2, (4, 6, 1)),
        ((6, 6, 1), 6, (6, 6, 2)), ((6, 6, 98), 6, (6, 6, 99)), ((6, 6, 98), 2, (6, 6, 99)),
        ((6, 6, 99), 6, (12, 12, 0)), ((6, 6, 99), 5, (6, 12, 0)), ((12, 12, 0), 12, (12, 12, 1)),
        # At the dialect's own limit the learned limit ends.
        ((8, 8, 99), 8, (0, 0, 0)), ((9, 9, 99), 9, (0, 0, 0)), ((9, 9, 99), 4, (9, 16, 0)),
        # Without a limit, batches are not counted.
        ((4, 0, 99), 4, (8, 0, 100)), ((4, 0, 100), 4, (8, 0, 100)), ((4, 0, 100), 3, (4, 0, 100)),
    ):  # fmt: skip
        assert grown(*before, count=count) == after, (before, count)


def test_a_learned_limit_is_durable_and_its_count_begins_again():
    rig = ScriptedRig(0)
    rig.ledger.passes = 77
    batch_limit.learn(rig.upload, 5)
    saved = rig.saved()
    assert (saved.count_limit, saved.passes) == (5, 0)
    assert COUNT_MAX == rig.upload.dialect.BATCH_COUNT_MAX == 16
