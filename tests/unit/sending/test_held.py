"""Channels that a server does not know: their ledgers, from the first refusal to the end."""

import json
from binascii import crc32

from support.ring.device import Device
from support.uplinks.scripted import BEGIN_S, ScriptedRig
from wherry import small_file
from wherry.sending import verdict
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal import quarantine, release
from wherry.sending.step import step

CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 1), ("wind", "", 0), ("rain", "", 0))
UNKNOWN = verdict.UNKNOWN_CHANNEL, 404
OK = verdict.DELIVERED, 200
COUNTS = ("delivered", "set_aside", "dropped", "thinned", "damaged", "others", "doubted")


def on_files(rows, channels="all"):
    return ScriptedRig(rows, Selection(channels, {}), channels=CHANNELS)


def on_ring(rows, channels="all"):
    return ScriptedRig(rows, Selection(channels, {}), channels=CHANNELS, device=Device(8))


def on_both_queues(test):
    """Run a test with a function that creates rigs: once with queues in files, once with rings."""

    def run():
        test(on_files)
        test(on_ring)

    return run


def label(name):
    return "u~%08x" % crc32(name.encode())


def kinds(rig, *answers):
    """Take a step for each answer; return the verdicts and the requests' numbers of readings."""
    found, before = [], len(rig.sent)
    for answer in answers:
        found.append(rig.step(*answer).kind)
    return found, [len(places) for places in rig.sent[before:]]


@on_both_queues
def test_an_unknown_channel_is_found_and_gets_its_own_ledger(rig_of):
    rig = rig_of(2)
    rig.upload.count_max, rig.ledger.count_limit = 0, 9
    found = kinds(rig, UNKNOWN, OK, UNKNOWN, UNKNOWN)
    assert found == ([verdict.REJECTED, verdict.DELIVERED] + [verdict.REJECTED] * 2, [8, 4, 4, 2])
    outcome = rig.step(*UNKNOWN + ("no such",))
    assert (outcome.kind, outcome.note) == (verdict.REJECTED, "no such: temperature is held")
    assert rig.sent[-1] == [(1, 0)] and rig.upload.trouble.held == 1
    held = rig.uploads[1]
    assert (
        held.name == label("temperature") and held.is_held and held.selection.only == "temperature"
    )
    ledger = rig.saved(held.name)
    assert (ledger.row, ledger.channel, ledger.before) == (1, 0, 4)
    assert [getattr(ledger, name) for name in COUNTS] == [0] * 7
    assert held.ledger.settled() == ledger.settled() == 4 and held.waiting() == 4
    assert (held.count_max, held.ledger.count_limit) == (1, 9)
    saved = small_file.read(rig.root + "/sessions/u")
    assert json.loads(saved) == {"held": rig.upload.session.held} == {"held": ["temperature"]}
    assert not held.session.held and held.queue is rig.queue and held.aside == rig.upload.aside
    # The other channels continue.
    assert kinds(rig, OK, OK)[1] == [1, 2] and rig.upload.waiting() == 0
    assert (rig.ledger.delivered, rig.ledger.others) == (7, 1)


@on_both_queues
def test_a_channel_that_is_held_again_begins_with_counters_of_zero(rig_of):
    rig = rig_of(2)
    ledger = rig.queue.ledger(label("temperature"))
    ledger.load()
    for name in COUNTS:
        setattr(ledger, name, 7)
    ledger.save()
    kinds(rig, UNKNOWN, OK, UNKNOWN, UNKNOWN)
    rig.step(*UNKNOWN + ("no such",))
    held = rig.saved(rig.uploads[1].name)
    assert [getattr(held, name) for name in COUNTS] == [0] * 7 and held.before == 4


@on_both_queues
def test_after_two_held_channels_in_a_row_the_device_is_refused(rig_of):
    rig = rig_of(1)
    rig.upload.count_max = 1
    assert kinds(rig, UNKNOWN, UNKNOWN, UNKNOWN)[0] == [verdict.REJECTED] * 2 + [verdict.DENIED]
    assert len(rig.uploads) == 3 and rig.upload.session.held == ["temperature", "humidity"]
    befores = [(each.ledger.channel, each.ledger.before) for each in rig.uploads[1:]]
    assert befores == [(0, 0), (1, 1)]
    # A delivery resets the count of channels held in a row.
    assert kinds(rig, OK)[0] == [verdict.DELIVERED]
    assert kinds(rig, UNKNOWN)[0] == [verdict.REJECTED] and len(rig.uploads) == 4
    assert rig.uploads[3].ledger.before == 3


@on_both_queues
def test_six_uplinks_fit_and_a_held_channel_is_not_held_again(rig_of):
    for count, kind in ((5, verdict.REJECTED), (6, verdict.DENIED)):
        rig = rig_of(1)
        rig.upload.count_max = 1
        rig.uploads += [rig.upload] * (count - 1)
        assert kinds(rig, UNKNOWN)[0] == [kind] and len(rig.uploads) == 6
    rig = rig_of(1)
    rig.upload.count_max = 1
    kinds(rig, UNKNOWN)
    held = rig.uploads[1]
    rig.upload = held
    assert kinds(rig, UNKNOWN) == ([verdict.DENIED], [1]) and len(rig.uploads) == 2
    assert held.trouble is None and quarantine.hold(held) == ""


def caught_up(rig_of, **counts):
    """Return a rig with a held channel, and its upload; neither has readings waiting."""
    rig = rig_of(3)
    rig.upload.count_max = 1
    kinds(rig, UNKNOWN)
    kinds(rig, *[OK] * 9)
    held = rig.uploads[1]
    while held.waiting():
        step(held, lambda request: Answers(request), -1)
    held.ledger.doubted = 2
    for name, value in counts.items():
        setattr(held.ledger, name, getattr(held.ledger, name) + value)
    return rig, held


class Answers:
    """A success for all readings of a request."""

    status, headers, kind, note = 200, {}, verdict.DELIVERED, ""

    def __init__(self, request):
        assert [i for _, i in request.places] == [0] * len(request.places)


@on_both_queues
def test_a_held_channel_that_has_caught_up_joins_its_uplink_again(rig_of):
    rig, held = caught_up(rig_of)
    assert (rig.ledger.delivered, rig.ledger.others, held.ledger.delivered) == (9, 3, 3)
    release.merge(rig.uploads)
    saved = rig.saved()
    for ledger in (rig.ledger, saved):
        assert (ledger.delivered, ledger.others, ledger.doubted) == (12, 0, 2)
    assert rig.uploads == [rig.upload] and rig.upload.session.held == []
    assert small_file.read(rig.root + "/sessions/u") == b"{}"
    # The server accepts the channel again.
    rig.add(0, 0, BEGIN_S)
    rig.upload.count_max = 0
    assert kinds(rig, OK)[1] == [4]


@on_both_queues
def test_a_held_channel_with_waiting_or_lost_readings_stays(rig_of):
    for counts, row_count in (({"set_aside": 1, "delivered": -1}, 0), ({}, 1)):
        rig, held = caught_up(rig_of, **counts)
        for _ in range(row_count):
            rig.add(0, 0, BEGIN_S)
        release.merge(rig.uploads)
        assert rig.uploads == [rig.upload, held] and rig.upload.session.held == ["temperature"]
        assert (rig.ledger.delivered, rig.ledger.others) == (9, 3), counts


@on_both_queues
def test_a_restart_restores_a_held_channel_with_its_uplink(rig_of):
    rig, held = caught_up(rig_of)
    again = rig.upload
    again.selection = Selection("all", {})
    uploads = [again]
    quarantine.resume(uploads, None)
    assert len(uploads) == 2 and uploads[1].name == held.name and uploads[1].is_held
    assert again.selection.held == ["temperature"] and uploads[1].ledger.row == 3
    # If a power cut came before a held channel's ledger was saved, the channel is refused again.
    again.selection, again.session.held = Selection("all", {}), ["rain", "temperature"]
    uploads = [again]
    quarantine.resume(uploads, None)
    assert len(uploads) == 2 and again.selection.held == ["temperature"]
