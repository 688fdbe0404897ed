"""Sending an order, answer by answer: the next batch, the counts, and the end."""

from support.node.check import raises
from support.orders.order_site import BAD, FAILED, OK, Site, numbers
from support.queue.aside import add
from support.uplinks.scripted import BEGIN_S, places
from wherry.orders import resend
from wherry.orders.sender import Sender
from wherry.sending import verdict
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal.aside_files import Aside


def test_all_is_sent_in_full_batches_and_reported():
    site = Site(20)
    assert site.run(OK, OK, OK) == (True, None)
    assert site.sent == [places(0, 16), places(16, 32), places(32, 40)]
    assert site.chip.lines == ["order: replay-u: %d sent" % count for count in (16, 32, 40)]
    assert numbers(site) == (40, 0, 0) and site.node.stage.state.failures == 0
    assert site.run() == (True, None)


def test_a_refused_batch_is_halved_and_grows_again():
    site = Site(20)
    assert site.run(BAD, BAD, BAD, BAD, BAD, OK, OK, OK, OK, OK, OK) == (True, None)
    assert site.counts() == [16, 8, 4, 2, 1, 1, 2, 4, 8, 16, 8]
    assert numbers(site) == (39, 1, 0)
    # If a batch is smaller than the limit, its own size is halved.
    site = Site(3)
    assert site.run(BAD, OK, OK) == (True, None) and site.counts() == [6, 3, 3]
    # An unknown channel counts as a refused reading.
    site = Site(1)
    unknown = verdict.UNKNOWN_CHANNEL, 404
    assert site.run(unknown, OK, unknown) == (True, None)
    assert site.counts() == [2, 1, 1] and numbers(site) == (1, 1, 0)


def test_eight_refusals_in_a_row_end_a_replay_but_not_a_resend():
    given_up = "order: replay-u: stopped, the server refuses every reading: no"
    for answers, to_s, numbers_then in (
        ([BAD] * 8, 1, (0, 8, 0)), ([BAD] * 7 + [OK] + [BAD] * 8, 1, (1, 15, 0)),
        # A resend has no window.
        ([BAD] * 12 + [OK] * 12, 0, (12, 12, 0)),
    ):  # fmt: skip
        site = Site(12)
        site.upload.dialect.BATCH_COUNT_MAX = 1
        assert site.run(*[answer + ("no",) for answer in answers], to_s=to_s) == (True, None)
        assert numbers(site) == numbers_then and not site.answers
        assert (given_up in site.chip.lines) == bool(to_s), to_s


def test_a_reading_the_server_fails_on_is_sent_alone_and_refused_after_the_fourth_time():
    site = Site(3)
    trouble = verdict.RETRY, 0, "order: replay-u: it fails"
    assert site.run(FAILED + ("it fails",)) == (False, trouble) and site.counts() == [6]
    assert numbers(site) == (0, 0, 1)
    for failures in (2, 3):
        assert site.run(FAILED + ("it fails",)) == (False, trouble) and site.counts() == [1]
        assert numbers(site) == (0, 0, failures)
    assert site.run(FAILED + ("it fails",), OK, OK) == (True, None)
    # The next reading is accepted together with the remaining ones.
    assert site.counts() == [1, 5] and numbers(site) == (5, 1, 0)


def test_a_batch_skipped_in_doubt_is_sent_again_by_a_resend():
    site = Site(3, is_session=True, on_doubt="skip")
    site.upload.ledger.row = 0
    assert isinstance(site.rig.step(), OSError)
    ledger = site.upload.ledger
    assert (ledger.delivered, ledger.set_aside) == (0, 6)
    assert site.run(OK, order=resend) == (True, None)
    assert site.sent == [places(0, 6)]
    assert (ledger.delivered, ledger.set_aside) == (6, 0)
    assert not list(resend.Aside(site.rig.root + "/aside").readings())


def test_an_intermediate_step_continues_and_a_partial_delivery_is_doubted():
    for options, doubted in (({"on_doubt": "resend"}, 6), ({"on_doubt": "skip"}, 6), ({}, 0)):
        site = Site(3, **options)
        assert site.run((verdict.AGAIN, 401), OK) == (True, None)
        assert site.counts() == [6, 6] and site.upload.ledger.doubted == 0
        site = Site(3, **options)
        assert site.run((verdict.PARTIAL, 207), OK) == (True, None) and site.counts() == [6, 6]
        assert site.rig.ledger.doubted == site.rig.saved().doubted == doubted
        # A batch whose answer is lost is doubted as well.
        site = Site(3, **options)
        raises(OSError, site.run, None)
        assert site.rig.ledger.doubted == site.rig.saved().doubted == doubted
        assert numbers(site) == (0, 0, 0) and site.upload.ledger.set_aside == 0


PLACE = (("temperature", "°C", 2), ("lat", "", 5), ("lon", "", 5), ("humidity", "%", 1))


def site_of(rows, selection=None):
    return Site(rows, channels=PLACE, selection=selection or Selection("all", {}))


def test_a_replay_continues_after_a_refused_position():
    site = site_of(2)
    assert site.run(BAD, BAD, OK, BAD, BAD, OK, OK) == (True, None)
    # A batch ends before a position that does not fit into it.
    assert site.counts() == [8, 4, 1, 4, 2, 2, 3]
    assert site.sent[4] == [(0, 1), (0, 2)] and numbers(site) == (6, 2, 0)


def test_both_coordinates_of_a_position_refused_again_have_the_new_reason():
    site = site_of(1, Selection(["lat", "lon"], {}))
    folder = site.rig.root + "/aside"
    for i in range(4):
        add(folder, 0, i, PLACE[i], i, BEGIN_S, -1, 400, "no", "u")
    site.rig.ledger.set_aside = 4
    order = site.order()
    source = resend.source(site.node, site.upload, order)
    site.answers = [(verdict.REJECTED, 422, "worse")]
    site.deadline = site.node.ticks() + 20_000
    sender = Sender(site.node, site.upload, order, source, "resend-u")
    assert sender.run(site.deadline) == (True, None)
    reasons = [entry[7:9] for entry in Aside(folder).readings()]
    assert reasons == [(400, "no"), (422, "worse"), (422, "worse"), (400, "no")]
    assert numbers(site) == (0, 2, 0) and site.counts() == [2]
