"""Harbor's bodies: four members per reading, single or in arrays, and positions never split."""

import json

from support.uplinks.harbor_rig import BEGIN_S, ENV, HarborRig
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal.aside_files import Aside

PLACE = (("speed", "", 1), ("latitude", "", 5), ("longitude", "", 5), ("height", "m", 1))
SINGLE = {"ship_id": "shed", "cargo_id": "temperature", "value": 1.0}


def test_a_reading_has_exactly_its_four_members():
    for ms, stamp in ((False, "2026-11-14T19:33:20Z"), (True, "2026-11-14T19:33:20.000Z")):
        for mode, count in (("single", 1), ("batch", 1), ("auto", 1), ("batch", 2)):
            rig = HarborRig(0, ENV, ms=ms, mode=mode)
            rig.queue.append(rig.flags, 0, BEGIN_S, 0, (1 << count) - 1, [100, 7][:count])
            rig.run()
            point = dict(SINGLE, time=stamp)
            other = dict(point, cargo_id="humidity", value=0.7)
            expected = point if mode != "batch" else [point, other][:count]
            assert len(rig.bodies) == 1 and json.loads(rig.bodies[0].decode()) == expected
            assert len(rig.bodies[0]) - len(rig.bodies[0].strip()) < 2 + 20 * (mode == "batch")


# (mode, rows, readings per row, single requests, batch requests)
MODES = (
    ("auto", 1, 1, 1, 0),
    ("auto", 1, 2, 0, 1),
    ("auto", 2, 1, 0, 1),
    ("auto", 201, 1, 1, 1),
    ("single", 1, 1, 1, 0),
    ("single", 3, 2, 6, 0),
    ("batch", 1, 1, 0, 1),
    ("batch", 2, 2, 0, 1),
)


def test_single_or_batch():
    for mode, rows, width, singles, batches in MODES:
        rig = HarborRig(rows, ENV[:width], mode=mode)
        rig.run()
        found = rig.server.singles, rig.server.requests - rig.server.singles
        assert found == (singles, batches), (mode, rows, width, found)
        assert len(rig.server.points) == rig.ledger.delivered == rows * width


def test_an_alarm_among_other_channels_is_sent_alone():
    rig = HarborRig(40, ENV, Selection(["humidity"], {}))
    rig.add(1)
    rig.run()
    assert (rig.server.singles, rig.server.requests) == (0, 1)
    rig.add(1)
    rig.run()
    assert (rig.server.singles, rig.server.requests) == (1, 2)
    assert rig.ledger.delivered == 42 and rig.ledger.others == 42


def test_a_bad_reading_is_found_in_every_mode():
    for mode in ("auto", "single", "batch"):
        for silently in (False, True):
            rig = HarborRig(9, mode=mode)
            rig.server.refuse = lambda item: item["value"] == 40.1
            rig.server.drop_silently = silently
            rig.run()
            kept = list(Aside(rig.root + "/aside").readings())
            assert [entry[:3] for entry in kept] == [(4, 1, "humidity")], (mode, kept)
            assert kept[0][8] == ("the server took 0 of 1" if silently else "HTTP 400")
            assert len(rig.server.points) == 17 and rig.ledger.delivered == 17


# Positions


def are_paired(rig):
    """Return True if both coordinates of each position came in one body, with one stamp."""
    for body in rig.bodies:
        items = json.loads(body.decode())
        items = items if type(items) is list else [items]
        times = {"latitude": [], "longitude": []}
        for item in items:
            if item["cargo_id"] in times:
                times[item["cargo_id"]].append(item["time"])
        if times["latitude"] != times["longitude"]:
            return False
    return True


def test_a_position_is_not_split_by_modes_limits_or_halving():
    for mode in ("auto", "single", "batch"):
        for limit in (2, 3, 5, 7, 1000):
            rig = HarborRig(12, PLACE, Selection("all", {}), mode=mode)
            rig.server.count_max = limit
            rig.run()
            assert are_paired(rig), (mode, limit)
            assert len(rig.server.points) == rig.ledger.delivered == 48, (mode, limit)
            if mode == "single":
                assert (rig.server.singles, rig.server.requests) == (24, 36)


def test_half_a_position_is_sent_as_a_plain_reading():
    for mode in ("auto", "single", "batch"):
        for mask, count in ((2, 1), (4, 1), (3, 2), (5, 2), (10, 2), (12, 2), (14, 3)):
            rig = HarborRig(0, PLACE, Selection("all", {}), mode=mode)
            rig.queue.append(0, 0, BEGIN_S, 0, mask, [7] * count)
            rig.run()
            assert len(rig.server.points) == rig.ledger.delivered == count, (mode, mask)


def test_a_refused_position_is_set_aside_whole():
    rig = HarborRig(12, PLACE, Selection("all", {}))
    rig.server.refuse = lambda item: item["cargo_id"] == "longitude" and item["value"] == 0.00502
    rig.run()
    kept = [entry[:3] for entry in Aside(rig.root + "/aside").readings()]
    assert kept == [(5, 1, "latitude"), (5, 2, "longitude")]
    assert are_paired(rig) and len(rig.server.points) == 46


def test_a_position_is_not_split_by_a_body_of_long_names():
    # Names of up to 400 bytes: a body of 24,000 ends within the second row or soon after.
    parted = 0
    for size in (59, 60, 61, 80, 99, 100):
        channels = [("%02d" % i + "é" * (size - 2), "", 1) for i in range(29)]
        for at in (0, 5, 13, 27):
            around = channels[:at] + list(PLACE[1:3]) + channels[at + 2 :]
            for selection in (Selection("all", {}), None):
                rig = HarborRig(5, around, selection, name="𝄞" * 100)
                rig.run()
                assert len(rig.server.points) == 145, (size, at)
                assert 22_000 < max([len(body) for body in rig.bodies]) <= 24_002
                if selection:
                    assert are_paired(rig), (size, at)
                else:
                    parted += not are_paired(rig)
    # Without a selection positions are split, so with one they are not together by chance.
    assert parted
