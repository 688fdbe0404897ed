"""Pulses on a pin, counted on a whole board: awake, in deep sleep, over resets; and distances."""

import json

import pytest
from spine import Spine

SECTIONS = [
    {"driver": "pulse", "pin": 4},
    {"driver": "hcsr04", "trigger": 18, "echo": 19},
]
DEVICES = [{"kind": "pulse", "pin": 4}, {"kind": "hcsr04"}]


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
        rig.wait(r"row [4-9]: 3 readings", 60)
        rig.drained()
        totals, new = series(rig, "pulses_total"), series(rig, "pulses")
        assert totals[-1] >= 3
        assert totals == [sum(new[: i + 1]) for i in range(len(new))]
        woken = [each for each in rig.board.events if each["event"] == "sleep"]
        # On a battery also the wakes that only count.
        assert (len(woken) > len(totals)) == (source == "battery")
        rig.settled()
        # A witness that saw one more pulse contradicts the node.
        first = next(each for each in rig.board.truth if each["device"] == "pulse")
        with (rig.board.folder / "truth.jsonl").open("a") as truth:
            for i in range(3):
                truth.write(json.dumps({**first, "time_us": first["time_us"] + i}) + "\n")
        assert any("pulses counted, the contact" in each for each in rig.account().problems)


def test_counts_outlive_a_reset_but_no_power_cut(tmp_path):
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


def test_faults_of_an_ultrasonic_sensor_have_their_reasons(tmp_path):
    with spine(tmp_path) as rig:
        rig.start()
        rig.wait(r"row \d+: 3 readings")
        for fault, reason in (("absent", "no answer"), ("stuck", "no echo")):
            rig.board.device("hcsr04", fault)
            rig.wait(rf"sensor 2 \(hcsr04\): {reason}")
            since = rig.mark()
            rig.board.device("hcsr04", None)
            rig.wait(r"sensor 2 \(hcsr04\): responding again", since=since)
        rig.drained()
        assert all(49 <= value <= 251 for value in series(rig, "distance"))
        rig.settled()
