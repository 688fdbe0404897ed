"""A node whose sensors have separate options, on a whole board, judged by the account."""

from support.boards.spine import Spine

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
