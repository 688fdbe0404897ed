"""Radio scans and GPS on the virtual board: UARTs, beacons, whole nodes."""

import json
import sqlite3
from contextlib import closing

from support.boards.spine import Spine
from support.boards.virtual_boards import printed
from wherry_host.config import boards
from wherry_host.config.config_file import lacking
from wherry_host.demo.rig import Rig
from wherry_host.virtual.options import ACCESS_POINT

MODEM_UART = boards.load("virtual")["buses"]["modem"]
POINTS = [
    ("harbor-wifi", "3c:37:86:00:00:01", 6, -61),
    ("quay", "3c:37:86:00:00:02", 36, -50),
    ("private_nomap", "3c:37:86:00:00:03", 1, -40),
    ("phone", "02:37:86:00:00:04", 1, -41),
]


def modem(**options):
    """Return a board's devices: a modem alone."""
    return [{"kind": "modem", "wires": [MODEM_UART["tx"], MODEM_UART["rx"]], **options}]


EDDYSTONE = "0201060303aafe1516aafe00e7" + "00112233445566778899" + "aabbccddeeff"
IBEACON = "02011a1aff4c000215" + "fda50693a4e24fb1afcfc6eb07647825" + "00010002" + "c5"
BEACONS = [
    {"address": "00:1a:7d:da:71:13", "rssi": -60},
    {"address": "c3:11:22:33:44:55", "type": 1, "rssi": -50},
    {"address": "c3:11:22:33:44:66", "type": 1, "rssi": -70, "data": EDDYSTONE},
    {"address": "4c:00:00:00:00:01", "type": 1, "rssi": -80, "data": IBEACON},
]
# A random address identifies nothing.
HEARD = [
    {"mac": "00:1a:7d:da:71:13"},
    {"eddystoneId": "ABEiM0RVZneImaq7zN3u/w=="},
    {"iBeaconId": "/aUGk6TiT7Gvz8brB2R4JQABAAI="},
]


# Bluetooth


def test_the_views_of_an_advertisement_end_with_its_event(tmp_path):
    lines = printed(
        tmp_path,
        "import bluetooth, time\nseen = []\ndone = []\n"
        "def take(event, data):\n"
        "    if event == 6: done.append(1)\n"
        "    else: seen.append((bytes(data[1]), data[1], data[4]))\n"
        "ble = bluetooth.BLE()\n"
        "try: ble.gap_scan(1000)\n"
        "except OSError as error: print(error.errno)\n"
        "ble.active(True); ble.irq(take); ble.gap_scan(2000, 30000, 30000)\n"
        "while not done: time.sleep_ms(10)\n"
        "print(bytes(seen[0][0]), bytes(seen[0][1]), bytes(seen[0][2]))\n",
        scale=4,
        beacons=[{}],
    )
    assert lines[0] == "19"
    views = (bytes.fromhex("001a7dda7113"), b"\xa5" * 6, b"\xa5" * 3)
    assert lines[1] == " ".join(map(repr, views))


# The UART and its devices


def test_a_uart_keeps_the_oldest_bytes_up_to_its_buffer_size(tmp_path):
    lines = printed(
        tmp_path,
        "import machine, time\n"
        "def code(function, *args):\n"
        "    try: return function(*args)\n"
        "    except ValueError as error: return error\n"
        "print(code(machine.UART, 3), code(lambda: machine.UART(1, rxbuf=64)))\n"
        "bare = machine.UART(1, 9600, tx=27, rx=26)\n"
        "buffer = bytearray(8)\n"
        "print(bare.any(), bare.read(), bare.read(4), bare.readline(), bare.readinto(buffer))\n"
        "u = machine.UART(2, 9600, tx=17, rx=16, rxbuf=256)\n"
        "time.sleep_ms(1400)\nprint(u.any(), u.any(), u.write(b'x'))\n"
        "data = u.read()\nprint(len(data), b'\\r\\n$GP' in data)\n"
        "u.init(9600, rxbuf=1024)\ntime.sleep_ms(1400)\n"
        "u.readline()\nprint(u.readline()[:3], u.readinto(buffer), buffer[:3])\n"
        "u = machine.UART(2, 4800)\ntime.sleep_ms(1400)\nprint(b'$GP' in u.read())\n",
        scale=4,
        devices=[{"kind": "gps"}],
    )
    assert lines == [
        "UART(3) does not exist rxbuf too small", "0 None None None None", "256 256 1",
        "256 True", "b'$GP' 8 bytearray(b'$GP')", "False",
    ]  # fmt: skip


# A node


def test_a_board_must_have_the_requested_radios():
    gps = {"driver": "gps", "uart": "gps"}
    for board, section, entry, expected in (
        ("virtual", "sensor", gps, None),
        ("esp32_c3_generic", "sensor", gps, None),
        ("virtual", "sensor", {**gps, "uart": "i2c0"}, "give a UART of virtual: gps, modem"),
        ("virtual", "sensor", {"driver": "bme280", "bus": "gps"}, "give a bus of virtual: i2c0"),
        ("virtual", "uplink", {"gsm_scan": True, "bluetooth_scan": True}, None),
        ("esp32_c3_generic", "uplink", {"gsm_scan": False, "bluetooth_scan": True}, None),
        ("esp32_c3_generic", "uplink", {"gsm_scan": True}, "has no UART named modem: remove"),
    ):
        errors = lacking({section: [entry]}, board)
        assert len(errors) == (expected is not None), (board, entry, errors)
        assert expected is None or expected in errors[0][2], errors


def test_a_node_delivers_the_position_of_its_receiver(tmp_path):
    changes = {
        "node": {"sample_every": "3 s", "send_every": "3 s"},
        "sensor": [{"driver": "gps"}, {"driver": "battery"}],
    }
    devices = [
        {"kind": "gps", "latitude": -33.86, "longitude": -70.5}, {"kind": "battery", "pin": 34},
    ]  # fmt: skip
    with Spine(tmp_path, 4.0, changes, board={"devices": devices}) as spine:
        spine.start()
        spine.wait(r"row \d+: 8 readings")
        spine.board.device("gps", "stuck")
        spine.wait(r"sensor \d \(gps\): no fix$")
        spine.board.device("gps", "absent")
        spine.board.device("gps", None)
        spine.wait(r"sensor \d \(gps\): responding again")
        spine.wait(r"row \d+: 8 readings", since=spine.mark())
        spine.drained()
        stored = spine.stored()
        truth = spine.board.truth
    reported = {}
    for entry in truth:
        if entry["device"] == "gps":
            reported.setdefault(entry["time_us"], {})[entry["channel"]] = entry["value"]
    steps = {"latitude": 1e-6, "longitude": 1e-6, "altitude": 0.1, "speed": 0.01, "heading": 0.1}
    steps |= {"satellites": 1, "accuracy": 0.1}
    # A sentence that arrives too late leaves its channels out of the row.
    rows = [
        (time_us, {name: stored[name, time_us][0] for name in steps})
        for time_us in sorted({time_us for _, time_us in stored})
        if all((name, time_us) in stored for name in steps)
    ]
    assert len(rows) > 1
    for time_us, row in rows:
        near = [
            second for second, values in reported.items()
            if all(abs(values[name] - row[name]) <= step * 0.51 for name, step in steps.items())
        ]  # fmt: skip
        most_us = 3e6 + spine.standstill.largest_us(time_us - 5e6, time_us + 5e6)
        assert near and abs(near[0] - time_us) < most_us, (time_us, row)
        assert row["latitude"] < -33 and row["longitude"] < -70


_SCANS = {"wlan_scan": True, "bluetooth_scan": True, "gsm_scan": True}


def _items(db):
    with closing(sqlite3.connect(db)) as database:
        rows = database.execute("SELECT content FROM items WHERE api = 'here'").fetchall()
    return [json.loads(content) for (content,) in rows]


def test_a_scan_is_sent_with_the_newest_item():
    around = [
        ACCESS_POINT | {"bssid": POINTS[0][1], "channel": 6, "rssi": -61},
        {
            "ssid": "quay",
            "bssid": POINTS[1][1],
            "password": "another one",
            "channel": 11,
            "rssi": -70,
        },
    ]
    board = {
        "access_points": around,
        "beacons": BEACONS,
        "devices": [{"kind": "bme280", "address": 0x76}, *modem(sim="sim800")],
    }
    config = {
        "node": {"sample_every": "2 s", "send_every": "20 s"},
        "sensor": [{"driver": "bme280"}],
    }
    with Rig(scale=6, config=config, board=board, uplinks=(("here", _SCANS),)) as rig:
        rig.deploy_image()
        rig.board.start()
        # At the second upload the station is on: Wi-Fi is turned off for the beacon scan.
        since = 0
        for _ in range(2):
            rig.board.wait_line(" here: delivered", since=since)
            since = len(rig.board.lines)
        items = _items(rig.service.db)
        lines = [text for _, text in rig.board.lines]
    assert not any("scan of" in line or "MemoryError" in line for line in lines), lines
    scans = [item["scan"] for item in items if "scan" in item]
    assert len(scans) >= 2
    for scan in scans:
        assert {each["mac"] for each in scan["wlan"]} == {point[1] for point in POINTS[:2]}
        heard = [{key: each[key] for key in each if key != "rss"} for each in scan["bt"]]
        assert heard == HEARD
        assert scan["gsm"][0]["mcc"] >= 200 and isinstance(scan["gsm"][0]["cid"], int)
