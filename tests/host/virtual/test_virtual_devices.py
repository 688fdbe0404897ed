"""The virtual board's pins, buses and device models, and the log of measurements."""

import struct

from support.boards.virtual_boards import board_with, printed
from wherry_host.demo.rig import Rig
from wherry_host.virtual.devices import bme280
from wherry_host.virtual.weather import Weather

# The datasheet's integer formulas once more, written as a driver has them (BME280 4.2.3).
DRIVER = """
import machine, struct, time
i2c = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21))
def s16(v): return v - 65536 if v > 32767 else v
def sample():
    a = 0x76
    T1, T2, T3, P1, P2, P3, P4, P5, P6, P7, P8, P9 = struct.unpack(
        "<HhhHhhhhhhhh", i2c.readfrom_mem(a, 0x88, 24))
    H1 = i2c.readfrom_mem(a, 0xA1, 1)[0]
    e = i2c.readfrom_mem(a, 0xE1, 7)
    H2, H3 = struct.unpack("<hB", e)
    H4 = struct.unpack("b", e[3:4])[0] * 16 | e[4] & 15
    H5 = struct.unpack("b", e[5:6])[0] * 16 | e[4] >> 4
    H6 = struct.unpack("b", e[6:])[0]
    i2c.writeto_mem(a, 0xF2, b"\\x01")
    i2c.writeto_mem(a, 0xF4, b"\\x25")
    assert i2c.readfrom_mem(a, 0xF3, 1)[0] & 8
    time.sleep_ms(10)
    assert not i2c.readfrom_mem(a, 0xF3, 1)[0] & 8
    d = i2c.readfrom_mem(a, 0xF7, 8)
    p = d[0] << 12 | d[1] << 4 | d[2] >> 4
    t = d[3] << 12 | d[4] << 4 | d[5] >> 4
    h = d[6] << 8 | d[7]
    half = (t >> 4) - T1
    fine = (((t >> 3) - (T1 << 1)) * T2 >> 11) + ((half * half >> 12) * T3 >> 14)
    v1 = fine - 128000
    v2 = v1 * v1 * P6 + (v1 * P5 << 17) + (P4 << 35)
    v1 = (v1 * v1 * P3 >> 8) + (v1 * P2 << 12)
    v1 = ((1 << 47) + v1) * P1 >> 33
    q = ((1048576 - p << 31) - v2) * 3125 // v1
    q = (q + (P9 * (q >> 13) * (q >> 13) >> 25) + (P8 * q >> 19) >> 8) + (P7 << 4)
    x = fine - 76800
    x = ((h << 14) - (H4 << 20) - H5 * x + 16384 >> 15) * (
        (((x * H6 >> 10) * ((x * H3 >> 11) + 32768) >> 10) + 2097152) * H2 + 8192 >> 14)
    x -= ((x >> 15) * (x >> 15) >> 7) * H1 >> 4
    return (fine * 5 + 128) >> 8, q, min(max(x, 0), 419430400) >> 12
"""


def test_bme280_gives_a_driver_the_value_of_its_log(tmp_path):
    program = DRIVER + "print(i2c.scan())\nfor _ in range(3):\n    print('row', *sample())\n"
    board = board_with(tmp_path, program + "print('end')", scale=0.1, weather_speed=3600)
    with board:
        board.wait_line("end")
        lines = [text for _, text in board.lines]
    assert lines[0] == "[72, 118]"
    rows = [[int(word) for word in text.split()[1:]] for text in lines if text.startswith("row")]
    held = [
        (entry["channel"], entry["value"]) for entry in board.truth if entry["device"] == "bme280"
    ]
    expected = [
        pair
        for t, p, h in rows
        for pair in (("temperature", t / 100), ("pressure", p / 25600), ("humidity", h / 1024))
    ]
    assert held == expected and len(rows) == 3
    for entry in board.truth:
        celsius, percent, hectopascal = Weather(3600).at(entry["time_us"])
        near = {"temperature": (celsius, 0.006), "pressure": (hectopascal, 0.03)}
        near["humidity"] = (percent, 0.02)
        wanted, error = near[entry["channel"]]
        assert abs(entry["value"] - wanted) < error, entry


def test_bme280_compensates_the_datasheet_s_example():
    # Bosch BMP280 datasheet 3.12: 519888 is 25.08 °C, 415148 is 100653.27 Pa.
    assert bme280.temperature(519888) == 2508
    assert abs(bme280.pressure(415148, bme280.fine_temperature(519888)) / 256 - 100653.27) < 0.1


def test_all_weather_of_the_trace_is_within_the_sensor_s_range():
    trace = Weather()
    for step in range(0, 1200 * 3600, 6 * 3600):
        celsius, percent, hectopascal = trace.at(step * 1_000_000)
        assert -20 < celsius < 40 and 0 < percent <= 100 and 960 < hectopascal < 1050


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


def test_pins_read_back_and_obey_signal(tmp_path):
    lines = printed(
        tmp_path,
        "from machine import Pin, Signal\n"
        "pin = Pin(2, Pin.OUT, value=0)\n"
        "led = Signal(pin, invert=True)\n"
        "led.on(); print(pin.value()); led.off(); print(pin.value(), pin)\n"
        "pin.toggle(); print(pin())\n",
    )
    assert lines == ["0", "1 Pin(2)", "0"]


def test_registers_hold_the_calibration_a_driver_unpacks():
    device = bme280.Model(None)
    device.write(b"\x88", 0)
    assert struct.unpack("<H", device.read(2, 0)) == (27504,)


BUSES = """
from machine import I2C, Pin, SoftI2C
def id_of(i2c):
    try:
        return i2c.readfrom_mem(0x76, 0xD0, 1)[0]
    except OSError as error:
        return -error.errno
try:
    I2C(2)
except ValueError as error:
    print(error)
first = I2C(0, scl=Pin(22), sda=Pin(21))
second = I2C(1, scl=33, sda=32)
print(first.scan(), second.scan(), id_of(first), id_of(second))
print(I2C(1).scan(), I2C(1, scl=21, sda=22).scan(), id_of(second))
soft = SoftI2C(Pin(33), Pin(32))
moved = I2C(0, scl=33, sda=32)
print(soft.scan(), moved.scan(), first.scan(), I2C(0).scan())
"""


def test_a_device_is_on_its_pins_and_a_bus_is_moved_as_on_the_chip(tmp_path):
    devices = [
        {"kind": "bme280", "address": 0x76},
        {"kind": "host", "address": 0x48},
        {"kind": "bme280", "address": 0x76, "wires": [33, 32]},
    ]
    assert printed(tmp_path, BUSES, devices=devices) == [
        "I2C(2) doesn't exist",
        "[72, 118] [118] 96 96",
        # Without pins a caller gets the earlier pins. On other pins nothing is connected, even for
        # devices opened earlier.
        "[118] [] -19",
        "[118] [118] [118] [118]",
    ]


UARTS = """
import machine, time
def heard(id, tx, rx):
    uart = machine.UART(id, 9600, tx=tx, rx=rx, rxbuf=1024)
    time.sleep_ms(1300)
    return b"$GP" in (uart.read() or b"")
print(heard(2, 17, 16), heard(2, 17, 15), heard(1, 16, 17), heard(1, 17, 16), heard(1, 4, 16))
"""


def test_a_uart_receives_from_the_device_on_its_rx(tmp_path):
    lines = printed(tmp_path, UARTS, scale=4, devices=[{"kind": "gps"}])
    assert lines == ["True False False True True"]


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
