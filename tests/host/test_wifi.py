"""firmware/wifi.py on a virtual board: a lease saves DHCP for six hours, and only while it works.

And firmware/server_address.py, which reads no clock, on this interpreter.
"""

import importlib.util
from types import SimpleNamespace

from virtual_boards import board_with, put
from wherry_host.places import FIRMWARE

HOUR_MS = 3_600_000
PROGRAM = """
import network, time

class State:
    network = zero_ms = lease_due = 0
    lease = bytes(16)

class Ports:
    ahead_ms = 0
    def rtc_ms(self): return time.time_ns() // 1000000 + self.ahead_ms

import wifi
wlan = network.WLAN(network.STA_IF)
state, ports = State(), Ports()
names = ("none", "harbor-wifi")
sections = [{"ssid": name, "password": "correct horse"} for name in names]

def join(hours):
    ports.ahead_ms += hours * 3600000
    wlan.active(False)
    try:
        deadline_ms = ports.rtc_ms() + 60000
        wifi.join(wlan, "n", sections, state, ports, deadline_ms, lambda: None)
        how = "DHCP" if wlan.ipconfig("dhcp4") else "lease"
    except OSError as error:
        how = str(error)
    left_ms = max(0, state.lease_due - ports.rtc_ms())
    print("joined:", how, "network", state.network, "left", round(left_ms / 3600000), "h")
"""


def joins(folder, program):
    """Run a program after PROGRAM on a board with the firmware's Wi-Fi; return what it printed."""
    board = board_with(folder, PROGRAM + program + "\nprint('end')\n", 4)
    for name in ("wifi.py", "wifi_failure.py"):
        put(board, name, (FIRMWARE / name).read_text())
    with board:
        if "went" in program:
            board.wait_line("went")
            board.wifi(up=False)
        board.wait_line("^end$", 60)
        return [text.partition(": ")[2] for _, text in board.lines if "joined: " in text]


def test_a_lease_is_good_for_six_hours(tmp_path):
    found = joins(tmp_path, "for hours in (0, 5, 2, 3, 4): join(hours)")
    assert found == [
        "DHCP network 1 left 6 h",
        "lease network 1 left 1 h",
        "DHCP network 1 left 6 h",
        "lease network 1 left 3 h",
        "DHCP network 1 left 6 h",
    ]


def test_a_lease_that_does_not_work_is_given_up(tmp_path):
    gone = "print('went')\nwhile wlan.isconnected(): time.sleep_ms(50)\n"
    found = joins(tmp_path, f"join(0)\n{gone}join(1)")
    reasons = "harbor-wifi: {0}; none: {0}".format("network not found (status 201)")
    assert found == ["DHCP network 1 left 6 h", f"Wi-Fi: {reasons} network 1 left 0 h"]


def test_a_wrong_password_and_a_wrong_name_are_told_apart(tmp_path):
    program = "sections = [sections[1]]; sections[0]['password'] = 'wrong'; join(0)"
    wrong = "Wi-Fi: harbor-wifi: wrong password, or a weak signal (status 202)"
    assert joins(tmp_path, program) == [f"{wrong} network 0 left 0 h"]


def test_a_live_connection_is_joined_anew_at_once(tmp_path):
    # DHCP still runs then, and the driver refuses to start it.
    program = "join(0)\nstate.lease_due = 0\nwlan.active = lambda on=None: True\njoin(0)\n"
    found = joins(tmp_path, program)
    assert [text.split(" left")[0] for text in found] == ["DHCP network 1", "DHCP network 1"]


def test_the_address_of_a_server_is_asked_for_once_an_hour_and_for_each_host():
    path = FIRMWARE / "server_address.py"
    spec = importlib.util.spec_from_file_location("server_address", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    state = SimpleNamespace(server=bytes(4), server_crc=0, server_due=0)
    asked = []

    def look_up(host):
        asked.append(host)
        return f"192.0.2.{len(asked)}"

    for ticks, host, address, count in (
        (1000, "a.test", "192.0.2.1", 1),
        (1000 + HOUR_MS - 1, "a.test", "192.0.2.1", 1),
        (1000 + HOUR_MS, "a.test", "192.0.2.2", 2),
        (1001 + HOUR_MS, "b.test", "192.0.2.3", 3),
        (1002 + HOUR_MS, "b.test", "192.0.2.3", 3),
        (1003 + HOUR_MS, "a.test", "192.0.2.4", 4),
    ):
        assert module.address(state, ticks, host, look_up) == address, (ticks, host)
        assert len(asked) == count
