"""The virtual board's pins, buses and device models, and the log of measurements."""

from support.boards.virtual_boards import board_with
from wherry_host.demo.rig import Rig


def test_an_absent_or_broken_device_shows_as_on_the_chip(tmp_path):
    program = (
        "import machine, time\n"
        "i2c = machine.SoftI2C(machine.Pin(22), machine.Pin(21))\n"
        "while True:\n"
        "    try:\n        print('id', i2c.readfrom_mem(0x76, 0xD0, 1), i2c.scan())\n"
        "    except OSError as error:\n        print('error', error.errno)\n"
        "    time.sleep_ms(10)\n"
    )
    with board_with(tmp_path, program) as board:
        for fault, wanted in (
            (None, r"id b'`' \[72, 118\]"),
            ("absent", "error 19"),
            ("timeout", "error 116"),
            ("bad", "id b'"),
            (None, r"id b'`' \[72, 118\]"),
        ):
            board.device("bme280", fault)
            board.wait_line(wanted, since=len(board.lines) + 1)


def test_the_host_device_measures_this_computer(tmp_path):
    program = (
        "import machine, time, struct\n"
        "i2c = machine.I2C(0, scl=22, sda=21)\n"
        "i2c.writeto_mem(0x48, 1, b'\\x01')\n"
        "print(i2c.readfrom_mem(0x48, 2, 1)[0])\n"
        "while i2c.readfrom_mem(0x48, 2, 1)[0]: time.sleep_ms(1)\n"
        "print(*struct.unpack('<BxxxHhI', i2c.readfrom_mem(0x48, 0, 12)))\n"
        "print('end')\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_line("end")
        number, load, celsius, free = (int(word) for word in board.lines[1][1].split())
    truth = {entry["channel"]: entry["value"] for entry in board.truth}
    assert number == 0x57 and free > 1000
    assert truth["load"] == load / 100 and truth["free_memory"] == free
    assert truth.get("temperature", -327.68) == celsius / 100


def test_the_battery_is_read_through_its_divider(tmp_path):
    program = (
        "import machine, time\n"
        "adc = machine.ADC(machine.Pin(34), atten=machine.ADC.ATTN_11DB)\n"
        "while True:\n"
        "    print(adc.read_uv(), adc.read_u16(), adc.read())\n    time.sleep_ms(20)\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_line("^2025000 ")
        board.battery(3400)
        board.wait_line("^1700000 ")
        raw = 1700000 * 4095 // 3100000
        board.wait_line(f"^1700000 {raw << 4 | raw >> 8} {raw}$", since=len(board.lines))
    assert {entry["value"] for entry in board.truth} == {4050, 3400}


def test_a_node_has_a_bus_of_each_controller():
    sensors = [
        {"driver": "bme280"},
        {"driver": "bme280", "bus": "i2c1", "prefix": "out_"},
    ]
    config = {"node": {"sample_every": "1 s", "send_every": "2 s"}, "sensor": sensors}
    wires = [{"kind": "bme280", "address": 0x76, "wires": pair} for pair in ([22, 21], [33, 32])]
    with Rig(scale=5, config=config, board={"devices": wires}) as rig:
        rig.deploy_image()
        with rig.board as board:
            board.wait_line("delivered")
            assert not [text for _, text in board.lines if "sensor" in text]
        channels = {point[0] for point in rig.points()}
    assert {"temperature", "out_temperature"} <= channels
