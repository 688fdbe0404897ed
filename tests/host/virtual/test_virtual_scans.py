"""Radio scans and GPS on the virtual board: the real scans.py, UARTs, beacons, a node."""

import json
import re

from support.boards.scanned import MODEM_UART, POINTS, modem
from support.boards.spine import Spine
from support.boards.virtual_boards import board_with, printed, put
from wherry_host.config.config_file import lacking
from wherry_host.places import LIB, firmware_sources

EDDYSTONE = "0201060303aafe1516aafe00e7" + "00112233445566778899" + "aabbccddeeff"
IBEACON = "02011a1aff4c000215" + "fda50693a4e24fb1afcfc6eb07647825" + "00010002" + "c5"
BEACONS = [
    {"address": "00:1a:7d:da:71:13", "rssi": -60},
    {"address": "c3:11:22:33:44:55", "type": 1, "rssi": -50},
    {"address": "c3:11:22:33:44:66", "type": 1, "rssi": -70, "data": EDDYSTONE},
    {"address": "4c:00:00:00:00:01", "type": 1, "rssi": -80, "data": IBEACON},
]
SCAN = """
import json, network, sys, time
sys.path.append("/src")
import machine, scans
from board import Board

class Session: pass

class Ports:
    fed = 0
    def feed(self): self.fed += 1
    def say(self, text): print("said", text)

def scan(moment, settings, *args):
    ports = Ports()
    session = Session()
    session.scan = {"wlan": ["old"]}
    begin = time.ticks_ms()
    every = {"wlan_scan": False, "bluetooth_scan": False, "gsm_scan": False}
    every.update(settings)
    getattr(scans, moment)(session, every, args[0], ports, *args[1:])
    took_ms = time.ticks_diff(time.ticks_ms(), begin)
    print("scan", json.dumps(session.scan), took_ms, ports.fed)

board = Board({"buses": {"modem": %r}})
wlan = network.WLAN(network.STA_IF)
""" % (MODEM_UART,)


def scanned(folder, program, timeout_s=30, **options):
    """Run a program after SCAN on a board that has the firmware's sources; return its lines."""
    folder.mkdir(exist_ok=True)
    board = board_with(folder, SCAN + program + "\nprint('end')\n", 4, **options)
    for name in ("battery", "board", "scans"):
        put(board, f"src/{name}.py", firmware_sources()[name].read_text())
    for path in (LIB / "__init__.py", *(LIB / "scans").glob("*.py")):
        put(board, f"src/wherry/{path.relative_to(LIB)}", path.read_text())
    with board:
        board.wait_line("^end$", timeout_s)
        return [text for _, text in board.lines]


def scan_of(lines):
    """Return the one scan of a run: its members, its duration in ms, its count of feeds."""
    (found,) = (re.fullmatch(r"scan (.*) (\d+) (\d+)", line) for line in lines if "scan {" in line)
    return json.loads(found[1]), int(found[2]), int(found[3])


def said(lines):
    """Return the lines printed for the person at the console."""
    return [line[5:] for line in lines if line.startswith("said ")]


# Wi-Fi


def test_access_points_are_scanned_while_joined(tmp_path):
    names = ("ssid", "bssid", "channel", "rssi")
    points = [{"password": "correct horse", **dict(zip(names, p, strict=True))} for p in POINTS]
    lines = scanned(
        tmp_path,
        "wlan.active(True)\nwlan.connect('harbor-wifi', 'correct horse')\n"
        "while not wlan.isconnected(): time.sleep_ms(20)\n"
        "scan('after_join', {'wlan_scan': True}, wlan)\nprint('joined', wlan.isconnected())",
        access_points=points,
    )
    scan, took_ms, fed = scan_of(lines)
    assert scan["wlan"] == [
        {"mac": "3c:37:86:00:00:02", "powrx": -50, "band": 5},
        {"mac": "3c:37:86:00:00:01", "powrx": -61, "band": 2.4},
    ]
    assert 2000 < took_ms < 12000 and fed >= 2 and "joined True" in lines


def test_fewer_than_two_access_points_are_not_a_scan(tmp_path):
    lines = scanned(tmp_path, "scan('after_join', {'wlan_scan': True}, wlan)")
    assert scan_of(lines)[0] == {} and said(lines) == ["scan of wlan: STA must be active"]


# Bluetooth


def test_beacons_are_heard_by_their_addresses_and_ids(tmp_path):
    lines = scanned(
        tmp_path,
        "idled = []\n"
        "scan('before_join', {'bluetooth_scan': True}, board, lambda: idled.append(1))\n"
        "print('idled', len(idled) > 10)\n"
        "import bluetooth\nprint('left', bluetooth.BLE().active())",
        beacons=BEACONS,
    )
    scan, took_ms, fed = scan_of(lines)
    assert list(scan) == ["bt"], "what was heard before is dropped"
    levels = [beacon.pop("rss") for beacon in scan["bt"]]
    assert scan["bt"] == [
        {"mac": "00:1a:7d:da:71:13"},
        {"eddystoneId": "ABEiM0RVZneImaq7zN3u/w=="},
        {"iBeaconId": "/aUGk6TiT7Gvz8brB2R4JQABAAI="},
    ]
    for level, beacon in zip(levels, (BEACONS[0], *BEACONS[2:]), strict=True):
        assert beacon["rssi"] - 3 <= level <= beacon["rssi"]
    assert 5000 <= took_ms < 20000 and fed > 10
    assert "idled True" in lines and "left False" in lines


def test_bluetooth_does_not_wait(tmp_path):
    program = "scan('before_join', {'bluetooth_scan': True}, board)"
    lines = scanned(tmp_path / "quiet", program, beacons=[])
    assert scan_of(lines)[0] == {} and said(lines) == []
    lines = scanned(tmp_path / "on", "wlan.active(True)\n" + program, beacons=BEACONS)
    assert scan_of(lines)[0] == {} and said(lines) == ["scan of bt: Wi-Fi is on"]
    lines = scanned(tmp_path / "none", program)
    assert scan_of(lines)[0] == {} and said(lines) == ["scan of bt: this chip has no Bluetooth"]


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


# Cells


def test_a_sim800_reports_gsm_cells(tmp_path):
    lines = scanned(tmp_path, "scan('before_join', {'gsm_scan': True}, board)", devices=modem())
    scan, took_ms, fed = scan_of(lines)
    assert scan == {
        "gsm": [
            {
                "mcc": 262, "mnc": 1, "lac": 0x1406, "cid": 0x4078, "rxlevel": -67, "bsic": 27,
                "bcch": 21, "nmr": [
                    {"bsic": 6, "bcch": 82, "rxlevel": -79, "lac": 0x1406, "cid": 0x3F0A},
                    {"bsic": 12, "bcch": 93, "rxlevel": -88, "lac": 0x1406, "cid": 0x40E1},
                ],
            }
        ]
    }  # fmt: skip
    assert took_ms < 14000 and fed >= 6 and said(lines) == []


def test_a_sim7000_reports_lte_cells(tmp_path):
    lines = scanned(
        tmp_path,
        "scan('before_join', {'gsm_scan': True}, board)",
        devices=modem(sim="sim7000"),
    )
    assert scan_of(lines)[0] == {
        "lte": [
            {
                "mcc": 262, "mnc": 1, "cid": 26385422, "tac": 0x65F7, "pci": 302, "earfcn": 6400,
                "rsrp": -93, "rsrq": -11, "nmr": [{"pci": 117, "earfcn": 6400}],
            }
        ]
    }  # fmt: skip


def test_a_modem_that_is_silent_absent_or_not_wired_costs_little_time(tmp_path):
    program = "scan('before_join', {'gsm_scan': True}, %s)"
    silent = ("modem at another baud", modem(baud=9600)), ("no modem", [])
    for name, devices in silent:
        given = devices or [{"kind": "gps"}]
        lines = scanned(tmp_path / name, program % "board", devices=given)
        scan, took_ms, fed = scan_of(lines)
        assert scan == {} and said(lines) == ["scan of gsm: the modem does not answer"], name
        assert 4000 < took_ms < 20000 and fed > 10, name
    lines = scanned(tmp_path / "wires", program % "Board({})", devices=modem())
    assert said(lines) == ["scan of gsm: the board has no UART modem"]


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
