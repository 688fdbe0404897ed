"""Twelve sensors of a node measure at the same time, on a whole board."""

from support.boards.spine import Spine
from wherry_host.demo.rig_sensors import wired

# The DHT needs longest, 2 s.
NAMES = """
dht bme280 aht20 sht3x si7021 bh1750 ds3231 ds18b20 hcsr04 analog chip battery
""".split()  # noqa: SIM905


def test_all_others_measure_while_the_slowest_one_does(tmp_path):
    sections, models = wired(NAMES)
    changes = {"node": {"sample_every": "5 s", "send_every": "5 s"}, "sensor": sections}
    with Spine(tmp_path, 1.0, changes, board={"devices": models}) as rig:
        rig.start()
        count = sum(len(section["channels"]) for section in rig.config.typed["sensor"])
        rig.wait(rf"row [2-9]\d*: {count} readings", 60)
        rig.drained()
        truth, accesses = rig.board.truth, rig.board.accesses
        slow = [each for each in accesses if each["device"] == "dht" and "read_us" in each]
        assert len(slow) >= 2
        for read in slow:
            begin_us, end_us = read["read_us"], read["time_us"]
            met = {each["device"] for each in truth if begin_us - 1 <= each["time_us"] < end_us}
            assert met == set(NAMES)
        rig.settled()
