"""Sensors on single pins, on a whole board: DHT, DS18B20, an analog pin, the chip itself."""

import pytest
from support.boards.spine import Spine

ROM = "28ff641e821604d3"
OTHER = "28aabbccddee0099"
SECTIONS = [
    {"driver": "dht", "pin": 4, "prefix": "air_"},
    {"driver": "ds18b20", "pin": 5},
    {"driver": "analog", "pin": 35, "name": "soil", "unit": "%", "decimals": 1,
     "points": [[2.8, 0.0], [1.2, 100.0]]},
    {"driver": "chip"},
]  # fmt: skip
DEVICES = [
    {"kind": "dht", "pin": 4},
    {"kind": "ds18b20", "pin": 5},
    {"kind": "analog", "pin": 35},
    {"kind": "chip"},
]
DISTANCE = {"driver": "hcsr04", "trigger": 18, "echo": 19}


def spine(folder, sections=SECTIONS, devices=DEVICES, scale=2.0, **changes):
    # A DHT answers with an old result if it was asked less than 2 s before. With a longer period,
    # a standstill of this computer does not delay one sample until right before the next.
    changes = {
        "node": {"sample_every": "10 s", "send_every": "10 s"},
        "sensor": sections,
    } | changes
    return Spine(folder, scale, changes, board={"devices": devices})


@pytest.mark.parametrize("source", ["mains", "battery"])
def test_sensors_on_pins_are_sampled_and_the_account_balances(tmp_path, source):
    with spine(tmp_path, power={"source": source}) as rig:
        rig.start()
        rig.wait(r"row [2-9]: 5 readings")
        rig.drained()
        names = {channel for channel, _ in rig.stored() if not channel.startswith("node_")}
        assert names == {
            "air_temperature", "air_humidity", "temperature", "soil", "chip_temperature",
        }  # fmt: skip
        soil = [value for (name, _), (value, _) in rig.stored().items() if name == "soil"]
        assert all(-1 <= value <= 101 for value in soil)
        rig.settled()


def test_faults_of_sensors_on_pins_have_their_reasons(tmp_path):
    with spine(tmp_path, [*SECTIONS, DISTANCE], [*DEVICES, {"kind": "hcsr04"}]) as rig:
        rig.start()
        rig.wait(r"row \d+: 6 readings")
        for name, fault, label, reason in (
            ("dht", "absent", r"1 \(dht\)", "no answer"),
            ("dht", "bad", r"1 \(dht\)", "wrong checksum"),
            ("ds18b20", "absent", r"2 \(ds18b20\)", "no answer"),
            ("ds18b20", "bad", r"2 \(ds18b20\)", "wrong CRC"),
            ("hcsr04", "absent", r"5 \(hcsr04\)", "no answer"),
            ("hcsr04", "stuck", r"5 \(hcsr04\)", "no echo"),
        ):
            rig.board.device(name, fault)
            rig.wait(f"sensor {label}: {reason}")
            since = rig.mark()
            rig.board.device(name, None)
            rig.wait(f"sensor {label}: responding again", since=since)
        rig.wait(r"row \d+: 6 readings", since=rig.mark())
        rig.drained()
        rig.settled()


def test_several_sensors_share_one_pin(tmp_path):
    wires = [{"kind": "ds18b20", "pin": 5, "rom": rom[:14]} for rom in (ROM, OTHER)]
    with spine(tmp_path, [{"driver": "ds18b20", "pin": 5}], wires) as rig:
        rig.start()
        _, found = rig.wait(r"sensor 1 \(ds18b20\): 2 sensors, give rom: (\w+), (\w+)")
    roms = sorted(found.groups())
    assert [rom[:14] for rom in roms] == sorted((ROM[:14], OTHER[:14]))
    sections = [
        {"driver": "ds18b20", "pin": 5, "rom": rom, "prefix": f"{i}_"}
        for i, rom in enumerate(roms)
    ]
    (tmp_path / "both").mkdir()
    with spine(tmp_path / "both", sections, wires) as rig:
        rig.start()
        rig.wait(r"row \d+: 2 readings")
        rig.drained()
        assert {"0_temperature", "1_temperature"} <= {channel for channel, _ in rig.stored()}


def test_frozen_drivers_are_read_by_sections(tmp_path):
    sections = [
        {"driver": "dht:DHT22", "source": "frozen", "pin": 4, "start": "measure",
         "channels": {"air": "temperature()", "humidity": "humidity()"}},
        {"driver": "ds18x20:DS18X20", "source": "frozen", "arguments": ["onewire 5"],
         "start": "convert_temp", "ready_ms": 760, "channels": {"water": "read_temp(scan()[0])"}},
    ]  # fmt: skip
    with spine(tmp_path, sections, DEVICES[:2]) as rig:
        rig.start()
        rig.wait(r"row [1-9]\d*: 3 readings")
        rig.drained()
        rig.settled()
        truth = [each["value"] for each in rig.board.truth if each["device"] == "ds18b20"]
        water = [value for (name, _), (value, _) in rig.stored().items() if name == "water"]
        assert water and all(min(abs(value - each) for each in truth) <= 0.01 for value in water)
