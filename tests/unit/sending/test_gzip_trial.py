"""The trial of gzip at a server that is not known to take it: its result, and its requests."""

from support.uplinks.harbor_rig import HarborRig
from wherry.queue.ledger import in_file
from wherry.sending import verdict
from wherry.sending.begin import begin
from wherry.sending.step import step

# The values of a ledger's field `gzip`, as in docs/spec.md.
UNTRIED, TAKEN, REFUSED, LOST = range(4)


def trial(row_count=100):
    """Return the rig of an uplink with the default of `gzip`, at the service in the cloud."""
    rig = HarborRig(row_count, gzip="auto")
    begin(rig.upload, 0)
    return rig


def again(rig, row_count=20, failures=0):
    """Let an uplink send rows in another upload."""
    begin(rig.upload, failures)
    rig.add(row_count)
    return rig.run()


def saved(rig):
    """Return the result of the trial that outlives a restart."""
    return in_file(rig.root + "/cursors/harbor").gzip


def lose(rig):
    """Let the answer to the next batch be lost."""
    rig.server.lost = 1
    try:
        rig.step()
    except OSError:
        return
    raise AssertionError("the answer arrived")


def test_a_server_that_takes_gzip_gets_each_batch_as_gzip():
    rig = trial()
    rig.run()
    assert rig.server.packed == rig.server.requests == 1 and saved(rig) == TAKEN
    again(rig)
    assert rig.server.packed == rig.server.requests == 2
    assert len(rig.server.points) == rig.ledger.delivered == 240


def test_a_server_that_refuses_gzip_is_asked_once():
    rig = trial()
    rig.server.takes_gzip = False
    assert rig.run()[:2] == [verdict.AGAIN, verdict.DELIVERED]
    assert (rig.server.packed, rig.server.requests, saved(rig)) == (1, 2, REFUSED)
    again(rig)
    assert (rig.server.packed, rig.server.requests) == (1, 3)
    assert (len(rig.server.points), rig.ledger.delivered, rig.ledger.set_aside) == (240, 240, 0)


def test_a_server_that_does_not_count_gets_plain_batches():
    rig = trial()
    rig.server.says_count = False
    rig.run()
    again(rig)
    assert (rig.server.packed, rig.server.requests, saved(rig)) == (1, 3, REFUSED)
    assert len(rig.server.points) == rig.ledger.delivered == 240


def test_a_bad_reading_does_not_end_the_trial():
    rig = trial()
    rig.server.refuse = lambda item: item["value"] == 42 and item["cargo_id"] == "temperature"
    rig.run()
    assert (rig.server.packed, rig.ledger.set_aside, saved(rig)) == (1, 1, UNTRIED)
    again(rig)
    assert (rig.server.packed, saved(rig)) == (2, TAKEN)


def test_a_server_that_fails_does_not_end_the_trial():
    for status in (401, 429, 503, 500):
        rig = trial()
        rig.server.statuses = [status, 503]
        rig.step()
        rig.step()
        assert saved(rig) == UNTRIED, status
        again(rig)
        assert saved(rig) == TAKEN, status


def test_two_lost_answers_end_the_trial():
    rig = trial()
    lose(rig)
    assert saved(rig) == LOST
    again(rig)
    assert saved(rig) == TAKEN
    rig.server.lost = 2
    again(rig)
    assert saved(rig) == TAKEN

    rig = trial()
    lose(rig)
    begin(rig.upload, 1)
    lose(rig)
    assert saved(rig) == REFUSED
    again(rig, failures=2)
    assert (rig.server.packed, rig.ledger.delivered) == (2, 240)


def test_a_connection_that_fails_is_no_trial():
    def unreachable(request):
        raise OSError(113)

    rig = trial()
    for _ in range(2):
        try:
            step(rig.upload, unreachable, -1)
        except OSError:
            continue
    assert saved(rig) == UNTRIED


def test_a_batch_too_small_for_gzip_is_no_trial():
    rig = trial(row_count=1)
    rig.run()
    assert (rig.server.packed, rig.ledger.delivered, saved(rig)) == (0, 2, UNTRIED)
