"""Pulses on a pin of a whole board: awake, in deep sleep, across resets; and distances."""

import json

import pytest
from support.boards.doubts import is_doubted
from support.boards.spine import Spine

SECTIONS = [
    {"driver": "pulse", "pin": 4},
    {"driver": "hcsr04", "trigger": 18, "echo": 19},
]
DEVICES = [{"kind": "pulse", "pin": 4}, {"kind": "hcsr04"}]
# An ESP32-C3 lacks ext0, and its pull-down makes a wake by a high level useless.
LIKE_A_C3 = b"""
import esp32
def wake_on_gpio(pins, level, ext0=esp32.wake_on_ext0):
    assert not level
    ext0(pins[0], level)
esp32.wake_on_gpio = wake_on_gpio
del esp32.wake_on_ext0
"""


def spine(folder, sections=SECTIONS, devices=DEVICES, **changes):
    changes = {"node": {"sample_every": "9 s", "send_every": "9 s"}, "sensor": sections, **changes}
    return Spine(folder, 2.0, changes, board={"devices": devices})


def series(rig, channel):
    """Return the values of a channel at the server, by their stamps."""
    return [value for (name, _), (value, _) in sorted(rig.stored().items()) if name == channel]


@pytest.mark.parametrize("source", ["mains", "battery"])
def test_each_pulse_is_counted_once(tmp_path, source):
    with spine(tmp_path, power={"source": source}) as rig:
        rig.start()
        rig.wait(r"row ([89]|1\d): 3 readings", 90)
        rig.drained()
        totals, new = series(rig, "pulses_total"), series(rig, "pulses")
        assert totals[-1] >= 3
        assert totals == [sum(new[: i + 1]) for i in range(len(new))]
        woken = [each for each in rig.board.events if each["event"] == "sleep"]
        # On a battery there are also the wakes that only count.
        assert (len(woken) > len(totals)) == (source == "battery")
        rig.settled()
        # A witness that saw each pulse twice contradicts the node.
        seen = [json.dumps(each) for each in rig.board.truth if each["device"] == "pulse"]
        with (rig.board.folder / "truth.jsonl").open("a") as truth:
            truth.write("\n".join(seen) + "\n")
        assert is_doubted(rig.account(), "pulses counted, the contact", "no sample of pulse")


# The chip waits for a second; if the contact is still closed, the next sample checks it again.
@pytest.mark.parametrize("closed_ms", [200, 2_500])
def test_a_chip_without_ext0_waits_until_the_contact_opens(tmp_path, closed_ms):
    pulse = {"kind": "pulse", "pin": 4, "period_ms": 20_000, "closed_ms": closed_ms}
    with spine(tmp_path, devices=[pulse, DEVICES[1]], power={"source": "battery"}) as rig:
        rig.put("/boot.py", LIKE_A_C3)
        rig.start()
        rig.wait(r"row [6-9]: 3 readings", 60)
        rig.drained()
        assert series(rig, "pulses_total")[-1] >= 1
        rig.settled()


@pytest.mark.parametrize(("source", "durability"), [("mains", "row"), ("battery", "stage")])
def test_a_contact_makes_the_node_sample_immediately(tmp_path, source, durability):
    sections = [{"driver": "contact", "pin": 4, "at_once": "2 s", "names": {"closed": "door"}}]
    devices = [{"kind": "contact", "pin": 4, "period_ms": 20_000, "bounces": False}]
    changes = {
        "node": {"sample_every": "60 s", "send_every": "60 s", "durability": durability},
        "sensor": sections,
        "power": {"source": source},
    }
    with Spine(tmp_path, 4.0, changes, board={"devices": devices}) as rig:
        rig.start()
        rig.wait(r"row [5-9]: 2 readings", 90)
        rig.drained()
        # Each change has its row, with its level: the judge compares them with its log.
        assert set(series(rig, "door")) == {0, 1}
        seen_us = [stamp_us for name, stamp_us in rig.stored() if name == "closings"]
        closings_us = [each["time_us"] for each in rig.board.truth if each["value"]]
        counted = sum(series(rig, "closings")[1:])
        # The first one may come before or after a closing in the same second.
        assert 0 <= sum(min(seen_us) <= us <= max(seen_us) for us in closings_us) - counted <= 1
        rig.settled()
        # A witness of an unsampled change contradicts the node.
        *_, last = (each for each in rig.board.truth if each["device"] == "contact")
        missed = {**last, "time_us": last["time_us"] - 16_000_000}
        with (rig.board.folder / "truth.jsonl").open("a") as truth:
            truth.write(json.dumps(missed) + "\n")
        problem = "no sample within 8.0 s of a change"
        assert is_doubted(rig.account(), problem, "no sample of contact")


def test_counts_survive_a_reset_but_not_a_power_cut(tmp_path):
    with spine(tmp_path) as rig:
        rig.start()
        rig.wait(r"row [2-9]: 3 readings", 60)
        rig.drained()
        before = series(rig, "pulses_total")[-1]
        since = rig.mark()
        rig.board.kill()
        rig.wait(r"row \d+: 3 readings", since=since)
        rig.drained()
        assert series(rig, "pulses_total")[-1] >= before >= 1
        rig.board.cut()
        since = rig.mark()
        rig.board.power_on()
        rig.wait(r"row \d+: 3 readings", since=since)
        rig.drained()
        assert series(rig, "pulses_total")[-1] <= 1
        rig.settled()
