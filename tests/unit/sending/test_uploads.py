"""The initial state of an upload, and the effects of a success on its state, ledger and reader."""

from support.uplinks.scripted import ScriptedRig
from wherry.sending import action, verdict
from wherry.sending import upload as upload_module
from wherry.sending.batch.selection import Selection
from wherry.sending.begin import begin
from wherry.sending.outcome import Outcome
from wherry.sending.refusal.refusals import Trouble


def test_the_initial_state_of_an_upload():
    for options in ({}, {"is_session": True}, {"selection": Selection("all", {})}):
        upload = ScriptedRig(2, **options).upload
        assert (upload.failures, upload.count_max, upload.trouble) == (0, 0, None), options
        assert not upload.remembers and not upload.is_held and upload.dialect_name is None
        assert (upload.session is None) == (not options), options
        assert (upload.selection is None) == ("selection" not in options), options
        if options:
            assert upload.steps == 0 and not upload.is_sent
    assert (upload_module.TURN_MS_MAX, upload_module.EXCHANGE_MS_MIN) == (20_000, 5_000)


def test_the_initial_state_of_a_batch():
    for selection in (None, Selection("all", {})):
        batch = ScriptedRig(2, selection).upload.batch
        assert (batch.skip, batch.count, batch.count_max, batch.waiting, batch.left) == (0,) * 5
        assert (batch.learned_max, batch.size, batch.mask, batch.joined) == (0,) * 4
        assert (
            batch.unit_size == 1 and not batch.undated and batch.channels is batch.values is None
        )
    batch.open(5)
    batch.reader.seek(9)
    assert not batch.next() and batch.joined == 0


def test_the_initial_state_of_a_trouble_and_an_outcome():
    trouble = Trouble()
    assert (trouble.suspects, trouble.aside) == (None, None)
    assert (trouble.most, trouble.refused, trouble.held, trouble.strikes) == (0, 0, 0, 0)
    assert not (trouble.found or trouble.accused or trouble.probing)
    outcome = Outcome(verdict.RETRY)
    assert (outcome.note, outcome.status, outcome.retry_s, outcome.count) == ("", 0, 0, 0)
    assert outcome.kind == verdict.RETRY and outcome.action == action.KEEP


def test_an_upload_has_a_session_for_its_dialect_or_several_keys():
    for options, remembers in (
        ({"api_key": ["a", "b"]}, True),
        ({"api_key": "a"}, False),
        ({}, False),
    ):
        assert ScriptedRig(0, is_session=True, **options).upload.remembers == remembers, options


def test_a_success_moves_the_cursor_and_ends_a_refusal():
    rig = ScriptedRig(3)
    rig.ledger.denied_s, rig.ledger.passes = 77, 5
    outcome = rig.step(verdict.DELIVERED, 204, "HTTP 204", "60")
    # A server that has accepted all readings does not request a wait.
    assert (outcome.status, outcome.retry_s, outcome.count) == (204, 0, 6)
    saved = rig.saved()
    assert (saved.row, saved.channel, saved.delivered, saved.denied_s) == (2, 2, 6, 0)
    # Without a learned limit, batches are not counted.
    assert (rig.upload.count_max, saved.passes) == (0, 5)


def test_a_503_with_a_retry_time_means_busy():
    for status, text, kind, retry_s in (
        (503, "9", verdict.BUSY, 9), (503, "", verdict.RETRY, 0), (503, "0", verdict.RETRY, 0),
        (500, "9", verdict.RETRY, 9), (502, "9", verdict.RETRY, 9), (504, "9", verdict.RETRY, 9),
    ):  # fmt: skip
        outcome = ScriptedRig(3).step(verdict.RETRY, status, "x", text)
        assert (outcome.kind, outcome.retry_s) == (kind, retry_s), (status, text)


def test_uploads_share_a_reader_that_seeks_again_if_there_are_several():
    rig = ScriptedRig(3)
    reader = rig.queue.upload_reader
    assert rig.upload.batch.reader is reader
    forgotten = []
    reader.forget = lambda: forgotten.append(1)
    begin(rig.upload, 0)
    assert not forgotten
    rig.uploads.append(rig.upload)
    begin(rig.upload, 4)
    assert forgotten and rig.upload.failures == 4
