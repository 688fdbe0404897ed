"""Sending an order, answer by answer: the next batch, the counts, and the end."""

from support.node.check import raises
from support.orders.order_site import BAD, FAILED, OK, Site, numbers
from support.uplinks.scripted import places
from wherry import small_file
from wherry.orders import resend
from wherry.sending import verdict


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


def test_only_server_errors_count_and_only_while_other_readings_are_accepted():
    for kind, status, failed_before, failures in (
        (verdict.RETRY, 500, 0, 1), (verdict.RETRY, 599, 0, 1), (verdict.RETRY, 499, 0, 0),
        (verdict.RETRY, 500, 1, 0), (verdict.DENIED, 500, 0, 0), (verdict.RETRY, 408, 0, 0),
    ):  # fmt: skip
        site = Site(3)
        site.node.stage.state.failures = failed_before
        found = site.run((kind, status, "x", "33"))
        assert found == (False, (kind, 33, "order: replay-u: x")), (kind, status)
        assert numbers(site) == (0, 0, failures), (kind, status, failed_before)


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


def test_no_exchange_begins_in_the_last_five_seconds():
    for source in ("mains", "battery"):
        site = Site(20, source)
        assert site.run(left_ms=4_999) == (False, None) and not site.sent
        state = site.node.stage.state
        assert state.send_due == (site.node.ticks() if source == "mains" else state.sample_due)
        state.send_due = 77
        assert site.run(OK, OK, OK, left_ms=5_000) == (True, None) and state.send_due == 77
        site = Site(20, source)
        site.passes_ms = 2_000
        assert site.run(OK, OK, left_ms=8_999) == (False, None) and site.counts() == [16, 16]


def test_the_smaller_limit_applies():
    for count_max, sizes in ((0, [16, 4]), (5, [5, 5, 5, 5]), (16, [16, 4]), (30, [16, 4])):
        site = Site(10)
        site.upload.count_max = count_max
        assert site.run(*[OK] * 4) == (True, None) and site.counts() == sizes, count_max


def test_a_busy_server_is_waited_for_or_given_up():
    site = Site(3)
    begin = site.node.ticks()
    busy = verdict.BUSY, 429, "busy", "3"
    assert site.run(busy, OK) == (True, None) and site.counts() == [6, 6]
    assert site.chip.lines[0] == "order: replay-u: busy; again in 3 s"
    assert 3_000 <= site.node.ticks() - begin < 3_100
    assert site.run(left_ms=9_000) == (True, None)
    site = Site(3)
    assert site.run((verdict.BUSY, 429, "busy", "60")) == (False, None)
    assert site.chip.lines == ["order: replay-u: busy; next try in 60 s"]


def test_a_session_is_settled_and_saved_and_its_server_requests_are_followed():
    site = Site(20, is_session=True)
    site.upload.remembers = True
    session = site.upload.session
    session.report, session.has_changed, session.key = "a word", True, 1
    assert site.run(OK, OK, OK) == (True, None)
    assert site.chip.lines.count("u: a word") == 1 and session.tried == 1
    kept = small_file.read(site.rig.root + "/sessions/u")
    assert not session.has_changed and kept == b'{"key": 1}'
    ms = site.node.clock.true_ms(site.node.ticks())
    assert 0 <= ms - session.now[0] * 1000 - session.now[1] < 100
    site = Site(20, is_session=True)
    site.upload.remembers, site.upload.session.pause_s = True, 40
    assert site.run(OK) == (False, None) and site.counts() == [16]
    assert "u: pauses for 40 s" in site.chip.lines
