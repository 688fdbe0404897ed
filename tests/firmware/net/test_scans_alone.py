"""firmware/net/scans.py on MicroPython itself: the commands to each radio, and their time limits.

Scans on a virtual board, with a real UART and a node, are in test_virtual_scans.py.
"""

import pytest
from support.boards.firmware_run import found_by

# `heard` are events of the Bluetooth radio, [ms since the scan began, event, data]; `answers` are
# the modem's answers by command, None for silence.
PROGRAM = """
import net
net.use()

class Ble:
    take = begin_ms = None
    def active(self, on): log.append(["bt", on])
    def irq(self, take):
        Ble.take = take
        log.append(["irq", take is not None])
    def gap_scan(self, *how):
        log.append(["scan"] + list(how))
        if given["fails"] == "bt": raise OSError(16)
        Ble.begin_ms = Clock.now_ms

class Bluetooth:
    BLE = Ble

class Uart:
    waiting = b"+CREG: 0\\r\\n" * 30
    def any(self): return len(self.waiting)
    def read(self, count):
        data, self.waiting = self.waiting[:count], self.waiting[count:]
        sizes.append(len(data))
        return data
    def write(self, data):
        text = str(data, "utf-8")
        log.append(["sent", text.strip(), Clock.now_ms])
        answer = given["answers"].get(text.strip(), given["answers"].get(""))
        if answer is not None: self.waiting += answer.encode()
    def deinit(self): log.append(["deinit"])

class Board:
    def uart(self, name):
        log.append(["uart", name])
        return Uart()

class Wlan(net.Station):
    def scan(self):
        log.append(["wlan", len(Watchdog.fed_ms)])
        if given["fails"] == "wlan": raise RuntimeError("Wifi Unknown Error")
        return [(b"a", bytes([0x3c, 1, 1, 1, 1, i]), 6, -60 - i, 3, False) for i in (1, 2)]

class Session:
    scan = given["scan"]

if given["fails"] != "no chip":
    stand_in(bluetooth=Bluetooth)
net.Station.on = given["active"]
import scans

log, sizes, idle_ms, events = net.Net.log, [], [], list(given["heard"])
session, ports = Session(), Ports()
every = {"wlan_scan": False, "bluetooth_scan": False, "gsm_scan": False}
every.update(given["settings"])

def idle():
    idle_ms.append(Clock.now_ms)
    while events and Ble.begin_ms is not None and Clock.now_ms - Ble.begin_ms >= events[0][0]:
        _, event, data = events.pop(0)
        if event == 5:
            data = data[0], bytes(data[1]), 3, data[2], bytes(data[3])
        Ble.take(event, data)

if given["is_joined"]:
    scans.after_join(session, every, Wlan(0), ports)
else:
    scans.before_join(session, every, Board(), ports, idle)
gaps = [b - a for a, b in zip(idle_ms, idle_ms[1:])]
found = {
    "scan": session.scan, "said": ports.said, "took_ms": Clock.now_ms, "log": log,
    "gap_ms": max(gaps or [0]), "fed": len(Watchdog.fed_ms), "idled": len(idle_ms),
    "read_max": max(sizes[1:] or [0]), "first_read": sizes[:1],
}
"""
BEACON = [0, [0, 0x1A, 0x7D, 0xDA, 0x71, 0x13], -60, []]
HEARD = [100, 5, BEACON]
CELL = '+CENG: 1,1\r\n+CENG: 0,"0021,40,00,262,02,10,a1b2,00,00,00c8,03"\r\nOK\r\n'
MODEM = {"": "OK\r\n", "AT+CPSI?": "ERROR\r\n", "AT+CENG?": CELL}


def scanned(settings, is_joined=False, **more):
    """Return the results of scans with these settings."""
    given = {"settings": dict.fromkeys(settings, True), "is_joined": is_joined, "scan": None}
    given |= {"heard": [HEARD], "answers": MODEM, "fails": "", "active": False, **more}
    return found_by(PROGRAM, given)[0]


# Bluetooth


@pytest.mark.parametrize(("events", "took_ms"), [
    ([HEARD, [1_000, 6, None]], 1_020),
    # NimBLE does not report its end.
    ([HEARD], 6_000),
    ([HEARD, [1_000, 7, None]], 6_000),
])  # fmt: skip
def test_beacons_are_heard_until_the_scan_has_ended_or_six_seconds_are_over(events, took_ms):
    found = scanned(["bluetooth_scan"], heard=events)
    assert found["scan"] == {"bt": [{"rss": -60, "mac": "00:1a:7d:da:71:13"}]}
    assert found["took_ms"] == took_ms and found["gap_ms"] <= 100
    assert found["fed"] == found["idled"] == took_ms // 20
    # The radio listens passively for 5 s, with a window as long as the interval; then it is off.
    assert found["log"] == [
        ["bt", True], ["irq", True], ["scan", 5_000, 30_000, 30_000, False],
        ["irq", False], ["bt", False],
    ]  # fmt: skip


@pytest.mark.parametrize(("more", "said"), [
    ({"active": True}, "scan of bt: Wi-Fi is on"),
    ({"fails": "no chip"}, "scan of bt: this chip has no Bluetooth"),
    ({"fails": "bt"}, "scan of bt: 16"),
])  # fmt: skip
def test_a_bluetooth_failure_is_reported_and_left_out(more, said):
    found = scanned(["bluetooth_scan", "gsm_scan"], **more)
    assert found["said"] == [said] and list(found["scan"]) == ["gsm"]
    assert ["bt", True] not in found["log"] or ["bt", False] in found["log"]


# Cells


def commands(found):
    """Return [(command, ms)] of the commands to the modem."""
    return [(entry[1], entry[2]) for entry in found["log"] if entry[0] == "sent"]


def test_cells_are_the_ones_that_the_modem_names():
    found = scanned(["gsm_scan"])
    (cell,) = found["scan"]["gsm"]
    assert (cell["mcc"], cell["mnc"], cell["lac"], cell["cid"]) == (262, 2, 200, 0xA1B2)
    assert found["log"][0] == ["uart", "modem"] and found["log"][-1] == ["deinit"]
    assert [text for text, _ in commands(found)] == [
        "AT", "ATE0", "AT+CPSI?", "AT+CENG=1,1", "AT+CENG?", "AT+CENG=0",
    ]  # fmt: skip
    # Earlier unsolicited lines are discarded.
    assert found["first_read"] == [300]


def test_lte_cells_are_kept_apart():
    lte = "+CPSI: LTE CAT-M1,Online,262-02,0x00C8,1234,5,EUTRAN-BAND20,6300,3,3,-10,-90,-60,10"
    found = scanned(["gsm_scan"], answers={"": "OK\r\n", "AT+CPSI?": lte + "\r\nOK\r\n"})
    assert found["scan"]["lte"][0]["cid"] == 1234 and "gsm" not in found["scan"]
    assert found["said"] == []


def test_a_modem_without_cells_is_reported():
    found = scanned(["gsm_scan"], answers={"": "OK\r\n"})
    assert found["scan"] == {} and found["said"] == ["scan of gsm: the modem reports no cell"]


def test_a_silent_modem_gets_three_tries_of_a_second_and_a_half():
    found = scanned(["gsm_scan"], answers={})
    assert found["said"] == ["scan of gsm: the modem does not answer"]
    assert commands(found) == [("AT", 0), ("AT", 1_500), ("AT", 3_000)]
    assert found["took_ms"] == 4_500 and found["gap_ms"] <= 100
    assert found["log"][-1] == ["deinit"]


# Wi-Fi


def test_access_points_are_added_to_earlier_results_and_the_watchdog_is_fed():
    before = {"bt": ["beacon"], "wlan": ["old"]}
    found = scanned(["wlan_scan"], True, scan=before)
    assert set(found["scan"]) == {"bt", "wlan"} and len(found["scan"]["wlan"]) == 2
    # The watchdog is fed once before the scan, which blocks, and once after it.
    assert found["log"] == [["wlan", 1]] and found["fed"] == 2
    assert set(scanned(["wlan_scan"], True)["scan"]) == {"wlan"}
