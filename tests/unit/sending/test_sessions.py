"""The state of an uplink: intermediate steps, keys, doubts, and server requests."""

import json

from support.node.check import raises
from support.node.chip import SETTINGS, Chip
from support.uplinks.scripted import ScriptedRig, places
from wherry import small_file
from wherry.sending import action, verdict
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.session import keys, server_requests, session_file, sessions
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


def test_the_key_in_use_is_restored_if_it_still_exists():
    for key, used in ((0, 0), (1, 1), (2, 2), (3, 0), (7, 1)):
        rig = ScriptedRig(0, is_session=True, token=list(KEYS))
        rig.upload.session.key = key
        keys.restore(rig.upload)
        assert (rig.upload.settings["token"], rig.upload.session.key) == (KEYS[used], used), key


def test_a_sessions_file_saves_and_restores_differences():
    rig = ScriptedRig(0, is_session=True)
    session = rig.upload.session
    path = rig.root + "/sessions/u"
    for key, held in ((2, ["a", "b"]), (0, ["a"]), (1, []), (0, [])):
        session.key, session.held, session.has_changed = key, held, True
        session.report, session.tried = "x", 3
        session_file.keep(rig.upload)
        expected = {}
        if key:
            expected["key"] = key
        if held:
            expected["held"] = held
        assert json.loads(small_file.read(path)) == expected and not session.has_changed
        rig.upload.session = Session()
        rig.upload.remembers = True
        sessions.restore([rig.upload])
        found, rig.upload.session = rig.upload.session, session
        assert (found.key, found.held, found.report, found.tried) == (key, held, "", 1)
    # If the flash refuses the file, only a token is lost, and no error is raised.
    rig.upload.queue.root = rig.root + "/cursors/u"
    session_file.keep(rig.upload)


def test_the_initial_state_of_a_session():
    session = Session()
    assert (session.now, session.key, session.tried, session.held) == ((0, 0), 0, 1, [])
    assert (session.report, session.pause_s, session.apply, session.scan) == ("", 0, None, None)
    assert session.shadow == {} and not session.has_changed and Session.KEPT == ("key", "held")


def test_a_link_keeps_as_much_of_an_answer_as_the_uplinks_need():
    class Link:
        answer_size = 5

    class Long:
        ANSWER_SIZE_MAX = 9

    link, rig = Link(), ScriptedRig(0, is_session=True)
    sessions.restore([rig.upload], link)
    assert link.answer_size == 5 and not rig.upload.remembers
    rig.upload.dialect = Long
    sessions.restore([rig.upload, ScriptedRig(0).upload], link)
    assert link.answer_size == 9


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


def test_a_report_is_printed_once():
    chip, node, upload, is_over = asked(report="a word")
    assert chip.lines[-1] == "harbor: a word" and upload.session.report == "" and not is_over
    count = len(chip.lines)
    assert not server_requests.obey(node, upload) and len(chip.lines) == count


def test_rates_and_led_are_applied():
    _, node, upload, _ = asked({"sample_every_ms": 7_000, "send_every_ms": 70_000})
    assert (node.sample_every_ms, node.send_every_ms) == (7_000, 70_000)
    assert upload.settings["send_every_ms"] == 70_000 and upload.session.apply is None
    # A sample's due time is kept if it is earlier.
    assert node.stage.state.sample_due <= node.ticks()
    node.stage.state.sample_due = node.ticks() + 60_000
    server_requests._apply(node, upload, {"sample_every_ms": 8_000})
    assert node.stage.state.sample_due == node.ticks() + 8_000
    node.uploads.append(upload)
    server_requests._apply(node, upload, {"send_every_ms": 80_000})
    assert (node.send_every_ms, upload.settings["send_every_ms"]) == (70_000, 80_000)
    for value, is_lit in (
        (True, True), (1, True), ("on", True), ("true", True), (False, False), (0, False),
        (2, False), ("off", False), (None, False), ([], False),
    ):  # fmt: skip
        chip, _, _, _ = asked({"payload": {"led": value, "x": True}})
        assert chip.is_lit == is_lit, value
    assert not hasattr(asked({"payload": {"x": True}})[0], "is_lit")


def test_networks_of_the_configuration_stay_and_learned_ones_change():
    chip, node, upload, _ = asked()
    own = {"ssid": "home", "password": "own"}
    chip.wifi_sections = [own]
    learned = {"ssid": "shed", "password": "p2", "learned": True}
    third = dict(learned, ssid="barn", password="p3")
    for wanted, expected in (
        ([("home", "other")], [own]),
        ([("shed", "p1"), ("home", "x")], [own, dict(learned, password="p1")]),
        ([("shed", "p2")], [own, learned]),
        ([("barn", "p3"), ("shed", "p2")], [own, learned, third]),
    ):  # fmt: skip
        networks = [{"ssid": ssid, "password": password} for ssid, password in wanted]
        server_requests._apply(node, upload, {"wifi": networks})
        assert chip.wifi_sections == expected, wanted


def test_the_true_time_is_kept_and_a_shadow_applied_at_a_start():
    _, node, upload, _ = asked()
    server_requests.leave_time(node, upload)
    ms = node.clock.true_ms(node.ticks())
    assert upload.session.now == (ms // 1000, ms % 1000)
    upload.session.shadow = {"send_every_ms": 44_000}
    server_requests.resume(node)
    assert node.send_every_ms == 44_000
    node.uploads[0].session = None
    server_requests.resume(node)
