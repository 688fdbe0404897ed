"""The trial of gzip at a server that is not known to take it: its doubts, and its requests."""

from support.node.check import raises
from support.uplinks.harbor_rig import HarborRig
from wherry.queue.ledger import in_file
from wherry.sending import verdict
from wherry.sending.begin import begin
from wherry.sending.step import step

# The last value of a ledger's field `gzip`, as in docs/spec.md; below it are doubts.
REFUSED = 3
# An answer with these is due to the request, but not to its body.
OTHERS = (401, 429)
DOUBTED = (400, 403, 404, 405, 408, 411, 413, 415, 422, 500, 501, 502, 503, 504)


def trial(row_count=100):
    """Return the rig of an uplink with the default of `gzip`, at the service in the cloud."""
    rig = HarborRig(row_count, gzip="auto")
    begin(rig.upload, 0)
    return rig


def again(rig, row_count=20, failures=0):
    """Let an uplink send rows in another upload; return the verdicts."""
    begin(rig.upload, failures)
    rig.add(row_count)
    return rig.run()


def lose(rig, failures=0):
    """Let the answer to the first batch of an upload be lost."""
    begin(rig.upload, failures)
    rig.server.lost = 1
    raises(OSError, rig.step)


def saved(rig):
    """Return the result of the trial that outlives a restart."""
    return in_file(rig.root + "/cursors/harbor").gzip


def sent(rig):
    """Return (requests with gzip, all requests), and count anew."""
    found = rig.server.packed, rig.server.requests
    rig.server.packed = rig.server.requests = 0
    return found


def test_a_server_that_takes_gzip_gets_each_batch_as_gzip():
    rig = trial()
    rig.run()
    assert sent(rig) == (1, 1) and saved(rig) == 0
    again(rig)
    assert sent(rig) == (1, 1) and len(rig.server.points) == rig.ledger.delivered == 240


def test_a_server_that_refuses_gzip_or_does_not_count_is_tried_twice():
    for name in ("takes_gzip", "says_count"):
        rig = trial()
        setattr(rig.server, name, False)
        assert rig.run()[:2] == [verdict.AGAIN, verdict.DELIVERED]
        assert sent(rig) == (1, 2) and saved(rig) == 1
        again(rig)
        assert sent(rig) == (1, 2) and saved(rig) == REFUSED
        for _ in range(3):
            again(rig)
            assert sent(rig) == (0, 1) and saved(rig) == REFUSED
        assert len(rig.server.points) == rig.ledger.delivered == 360
        assert rig.ledger.set_aside == 0


def test_a_refusal_between_accepted_batches_does_not_end_the_trial():
    for status in DOUBTED:
        rig = trial()
        for _ in range(3):
            rig.server.statuses = [status]
            assert again(rig)[:2] == [verdict.AGAIN, verdict.DELIVERED], status
            assert saved(rig) == 1
            again(rig)
            assert saved(rig) == 0
        assert rig.server.packed == 6 and rig.ledger.set_aside == 0, status


def test_an_answer_that_does_not_depend_on_the_body_is_no_doubt():
    for status in OTHERS:
        rig = trial()
        rig.server.statuses = [status]
        assert rig.step().kind != verdict.AGAIN and saved(rig) == 0, status
        again(rig)
        assert rig.server.packed == rig.server.requests and saved(rig) == 0, status
    for header, kind in (("5", verdict.BUSY), ("soon", verdict.AGAIN), ("0", verdict.AGAIN)):
        rig = trial()
        rig.server.statuses, rig.server.retry_after = [503], "Retry-After: %s\r\n" % header
        assert rig.step().kind == kind and saved(rig) == (kind == verdict.AGAIN), header


def test_a_doubt_is_withdrawn_if_plain_json_fails_as_well():
    for status in (400, 500, 404):
        rig = trial()
        for _ in range(4):
            begin(rig.upload, 0)
            rig.server.statuses = [status, status]
            rig.step()
            rig.step()
            assert saved(rig) == 0, status
        assert sent(rig) == (4, 8), status
    # The same request follows 429, so the doubt stays.
    rig = trial()
    rig.server.statuses = [400, 429]
    rig.step()
    rig.step()
    assert saved(rig) == 1


def test_a_bad_reading_does_not_end_the_trial():
    rig = trial()
    rig.server.refuse = lambda item: item["value"] == 42 and item["cargo_id"] == "temperature"
    rig.run()
    assert (rig.server.packed, rig.ledger.set_aside, saved(rig)) == (1, 1, 0)


def test_two_lost_answers_end_the_trial_if_plain_json_is_accepted():
    rig = trial()
    lose(rig)
    assert saved(rig) == 1
    again(rig)
    assert saved(rig) == 0
    sent(rig)
    rig.add(20)
    lose(rig)
    lose(rig, failures=1)
    assert sent(rig) == (2, 2) and saved(rig) == 2
    again(rig, failures=2)
    assert sent(rig)[0] == 0 and saved(rig) == REFUSED


def test_a_link_that_loses_plain_json_as_well_does_not_end_the_trial():
    rig = trial()
    lose(rig)
    lose(rig, failures=1)
    lose(rig, failures=2)
    assert sent(rig) == (2, 3) and saved(rig) == 1
    again(rig)
    assert sent(rig)[0] and saved(rig) == 0


def test_an_upload_without_time_for_the_second_request_is_a_doubt():
    rig = trial()
    rig.server.takes_gzip = False
    for _ in range(2):
        begin(rig.upload, 0)
        assert rig.step().kind == verdict.AGAIN
    assert saved(rig) == 2
    again(rig)
    assert rig.ledger.delivered == 240 and saved(rig) == REFUSED


def test_the_first_chunk_of_a_wide_row_begins_the_body():
    rig = HarborRig(0, [("channel_%d" % i, "", 1) for i in range(40)], gzip="auto")
    rig.add(2)
    begin(rig.upload, 0)

    def cut(request):
        next(request.body)
        raise OSError(104)

    raises(OSError, step, rig.upload, cut, -1)
    assert saved(rig) == 1


def test_a_connection_that_fails_is_no_doubt():
    def unreachable(request):
        raise OSError(113)

    rig = trial()
    for _ in range(2):
        raises(OSError, step, rig.upload, unreachable, -1)
    assert saved(rig) == 0


def test_a_batch_too_small_for_gzip_is_no_trial():
    rig = trial(row_count=1)
    rig.run()
    assert (rig.server.packed, rig.ledger.delivered, saved(rig)) == (0, 2, 0)
