"""The state of an uplink: intermediate steps, keys, doubts, and server requests."""

import json

from support.node.check import raises
from support.node.chip import SETTINGS, Chip
from support.uplinks.scripted import ScriptedRig, places
from wherry import small_file
from wherry.sending import action, verdict
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.session import keys, server_requests
from wherry.sending.session.session import Session
from wherry.sending.step import step

AGAIN, DENIED, OK = verdict.AGAIN, verdict.DENIED, verdict.DELIVERED
KEYS = ["one", "two", "three"]


def test_the_fifth_intermediate_step_in_a_row_is_a_failure():
    rig = ScriptedRig(3, is_session=True)
    assert [rig.step(AGAIN, 401).kind for _ in range(4)] == [AGAIN] * 4
    assert rig.step(AGAIN, 401).kind == verdict.RETRY and rig.upload.steps == 5
    assert rig.step(DENIED, 404).kind == DENIED and rig.upload.steps == 0
    assert [rig.step(AGAIN, 200).kind for _ in range(5)] == [AGAIN] * 4 + [verdict.RETRY]


def with_keys(option="token"):
    rig = ScriptedRig(2, is_session=True, **{option: list(KEYS)})
    keys.restore(rig.upload)
    return rig, rig.upload.session, rig.upload.settings


def test_each_key_is_tried_once_per_round():
    for option in ("api_key", "token", "device_secret"):
        rig, session, settings = with_keys(option)
        assert settings[option] == "one" and settings["keys"] == (option, KEYS)
        rig.upload.remembers = True
        for status, at in ((401, 2), (403, 3)):
            outcome = rig.step(DENIED, status, "no")
            assert (outcome.kind, outcome.note) == (AGAIN, "trying the next key")
            assert (settings[option], session.key, session.tried) == (KEYS[at - 1], at - 1, at)
            assert session.report == "refused; trying key %d of 3" % at
            saved = small_file.read(rig.root + "/sessions/u")
            assert json.loads(saved) == {"key": at - 1} and not session.has_changed
        outcome = rig.step(DENIED, 401, "no")
        assert (outcome.kind, outcome.note, session.tried) == (DENIED, "no (all 3 keys)", 1)
        assert settings[option] == "three"
        # The next upload continues the round, and a delivery ends it.
        assert rig.step(DENIED, 401).kind == AGAIN and settings[option] == "one"
        assert session.report == "refused; trying key 1 of 3" and session.tried == 2
        assert rig.step(OK, 200).kind == OK and session.tried == 1


def test_the_next_key_is_tried_only_if_a_key_is_refused():
    rig, session, settings = with_keys()
    for kind, status in ((DENIED, 404), (DENIED, 400), (DENIED, 402), (verdict.RETRY, 401)):
        assert rig.step(kind, status).kind == kind
        assert (settings["token"], session.key, session.tried) == ("one", 0, 1)
    rig = ScriptedRig(2, is_session=True, token="one")
    keys.restore(rig.upload)
    assert "keys" not in rig.upload.settings and rig.step(DENIED, 401).kind == DENIED


def test_readings_in_doubt_are_counted_or_set_aside():
    for on_doubt, doubted, aside in (("resend", 6, 0), ("skip", 0, 6), (None, 0, 0)):
        rig = ScriptedRig(3, is_session=True, **({"on_doubt": on_doubt} if on_doubt else {}))
        assert isinstance(rig.step(), OSError) and rig.sent == [places(0, 6)]
        ledger = rig.saved()
        assert (ledger.doubted, ledger.set_aside, ledger.row) == (doubted, aside, 2 * bool(aside))
        kept = [each[:2] + each[7:] for each in Aside(rig.root + "/aside").readings()]
        note = 1, "no answer: it may have been stored", "u"
        assert kept == [place + note for place in places(0, aside)]
        # If the doubt is settled by an option, the lost answer starts no trouble.
        assert (rig.upload.trouble is None) == bool(on_doubt), on_doubt


def test_a_request_that_was_not_completely_sent_leaves_no_doubt():
    rig = ScriptedRig(3, is_session=True, on_doubt="skip")

    def exchange(request):
        raise OSError(113)

    raises(OSError, step, rig.upload, exchange, -1)
    assert rig.ledger.set_aside == 0 and rig.upload.trouble.strikes == 1
    assert rig.upload.batch.count == 16


def test_a_partly_stored_batch_is_set_aside_completely():
    rig = ScriptedRig(3, is_session=True)
    outcome = rig.step(verdict.PARTIAL, 207, "some")
    assert outcome.kind == verdict.PARTIAL and outcome.action == action.SET_BATCH_ASIDE
    kept = [each[:2] + each[7:] for each in Aside(rig.root + "/aside").readings()]
    assert kept == [place + (207, "some", "u") for place in places(0, 6)]
    assert rig.saved().set_aside == 6 and rig.ledger.row == 2 and rig.ledger.channel == 2


def asked(wanted=None, source="mains", **fields):
    """Carry out a server request; return chip, node, upload, and True if the upload ends."""
    chip = Chip(dict(SETTINGS, power={"source": source}))
    node = chip.boot()
    upload = node.uploads[0]
    upload.settings = dict(upload.settings)
    upload.session = Session()
    for name, value in fields.items():
        setattr(upload.session, name, value)
    upload.session.apply = wanted
    node.stage.state.send_due = node.ticks() + 9_000
    return chip, node, upload, server_requests.obey(node, upload)


def test_a_pause_is_saved_and_reported():
    for pause_s, due_ms in ((0, 9_000), (1, 9_000), (9, 9_000), (10, 10_000), (3600, 3_600_000)):
        chip, node, upload, is_over = asked(pause_s=pause_s)
        assert is_over == (pause_s > 0) and upload.session.pause_s == 0
        assert node.stage.state.send_due - node.ticks() == due_ms, pause_s
        assert ("harbor: pauses for %d s" % pause_s in chip.lines) == is_over


def test_rates_and_led_are_applied():
    _, node, upload, _ = asked({"sample_every_ms": 7_000, "send_every_ms": 70_000})
    assert (node.sample_every_ms, node.send_every_ms) == (7_000, 70_000)
    assert upload.settings["send_every_ms"] == 70_000 and upload.session.apply is None
    for value, is_lit in (
        (True, True), (1, True), ("on", True), ("true", True), (False, False), (0, False),
        (2, False), ("off", False), (None, False), ([], False),
    ):  # fmt: skip
        chip, _, _, _ = asked({"payload": {"led": value, "x": True}})
        assert chip.is_lit == is_lit, value
    assert not hasattr(asked({"payload": {"x": True}})[0], "is_lit")
