"""Sensors on whole boards: with separate options, twelve at the same time, one at 10 Hz."""

from support.boards.spine import Spine
from wherry_host.demo.rig_sensors import wired

POWER_PIN = 25
CHANGES = {
    "node": {"sample_every": "2 s", "send_every": "4 s"},
    "sensor": [
        {
            "driver": "bme280",
            "offset": {"temperature": -1.25, "humidity": 0.5},
            "scale": {"pressure": 0.1},
            "decimals": {"pressure": 1, "humidity": 1},
            "unit": {"pressure": "kPa"},
            "derive": ["dew_point", "absolute_humidity", "heat_index"],
            "names": {"dew_point": "dew"},
            "mean": 3,
            "extremes": True,
            "pause": "50 ms",
            "power_pin": POWER_PIN,
            "warm_up": "100 ms",
        },
        {"driver": "host", "every": 2, "names": {"load": "work"}},
        {"driver": "battery", "name": "cell", "min": 3.9, "max": 4.0, "median": 3},
    ],
}
DEVICES = [
    {"kind": "bme280", "power_pin": POWER_PIN},
    {"kind": "host"},
    {"kind": "battery", "mv": 3950},
]  # fmt: skip


def test_options_of_sensors_are_obeyed(tmp_path):
    with Spine(tmp_path, 4.0, CHANGES, board={"devices": DEVICES}) as spine:
        spine.start()
        # The host has one channel fewer on a computer without a thermometer.
        spine.wait(r"row \d+: (15|16) readings")
        spine.wait(r"row \d+: 13 readings")
        # A voltage outside the limits of its section is withheld.
        spine.board.battery(4100)
        spine.wait(r"sensor 3 \(battery\): cell: above max")
        spine.board.battery(3950)
        spine.wait(r"sensor 3 \(battery\): responding again after \d+ x cell: above max")
        # A fault in the middle of a mean costs only that reading.
        spine.board.device("bme280", "absent")
        spine.wait(r"sensor 1 \(bme280 at 0x76\): no answer")
        spine.board.device("bme280", None)
        spine.wait(r"sensor 1 \(bme280 at 0x76\): responding again")
        spine.wait(r"row \d+: (15|16) readings", since=spine.mark())
        spine.drained()
        stored = spine.stored()
        names = {channel for channel, _ in stored if not channel.startswith("node_")}
        assert {"work", "cell", "temperature", "dew", "heat_index", "pressure_max"} <= names
        assert not {"load", "dew_point", "battery_voltage"} & names
        pressures = [value for (name, _), (value, _) in stored.items() if name == "pressure"]
        assert all(90 < value < 110 and value == round(value, 1) for value in pressures)
        spine.settled()


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


FAST_DEVICES = [
    {"kind": "lis3dh", "rate_ppm": 30_000, "wander_ppm": 2000},
    {"kind": "bme280", "address": 0x76},
]

# The chip's FIFO holds three seconds and is read at half: this computer may stall that long.
FAST_SCALE = 1.0
OUTAGE_S = 15
FAST_CHANGES = {
    "node": {"sample_every": "2 s", "send_every": "2 s"},
    "sensor": [{"driver": "lis3dh"}, {"driver": "bme280"}],
}
AXES = {"x": "acceleration_x", "y": "acceleration_y", "z": "acceleration_z"}


def test_an_outage_costs_no_sample(tmp_path):
    # A plan may allow one request a second, in which 31 readings arise.
    server = {"switches": {"harbor": {"batches_per_s": 1}}}
    with Spine(
        tmp_path, FAST_SCALE, FAST_CHANGES, server=server, board={"devices": FAST_DEVICES}
    ) as spine:
        spine.start()
        spine.drained()
        spine.board.wifi(up=False)
        spine.wait("next try", since=spine.mark())
        spine.clock.sleep(OUTAGE_S)
        spine.board.wifi(up=True)
        spine.wait(r"delivered \d\d\d", 30, spine.mark())
        spine.drained()
        account = spine.account()
        stored = spine.stored()
        truth = [entry for entry in spine.board.truth if entry["device"] == "lis3dh"]
        assert not any("lost" in text for _, text in spine.board.lines)
        # The backlog was sent as fast as the server accepts it.
        assert 429 in {status for _, _, status in spine.service.store.answers}
    assert account.balances, account.problems[:5]
    counts = account.counts
    # The account excuses samples that overran in the chip only while this computer stalled.
    assert counts.delivered + counts.waiting == counts.sampled
    # A stamp of each axis for every sample except the ones still in the chip or on the node.
    for axis, channel in AXES.items():
        times = [time_us for name, time_us in stored if name == channel]
        taken = [entry for entry in truth if entry["channel"] == axis]
        assert len(taken) - 60 < len(set(times)) == len(times) <= len(taken) > 300
    assert max(copies for _, copies in stored.values()) <= 1
