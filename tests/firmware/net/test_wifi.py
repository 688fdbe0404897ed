"""wifi.py on a virtual board: each fast way to join, and the way after its failure."""

import socket
from contextlib import ExitStack

from support.boards.virtual_boards import board_with, put, served
from wherry_host.places import LIB, firmware_sources
from wherry_host.virtual.options import ACCESS_POINT

PROGRAM = """
import machine, network, time

class State:
    network = zero_ms = lease_due = failures = 0
    lease, busy, sample_due = bytes(16), bytearray(50), 1 << 60

class Ports:
    ahead_ms = 0
    on_battery = True
    def rtc_ms(self): return time.time_ns() // 1000000 + self.ahead_ms

import wifi
wlan = network.WLAN(network.STA_IF)
pin = machine.Pin(4, machine.Pin.IN)
state, ports, steps = State(), Ports(), 0
names = ("none", "harbor-wifi")
sections = [{"ssid": name, "password": "correct horse"} for name in names]

def join(hours=1, leaves=True):
    ports.ahead_ms += hours * 3600000
    wlan.active(wlan.active() and not leaves)
    begin_ms = time.ticks_ms()
    try:
        deadline_ms = ports.rtc_ms() + 60000
        wifi.join(wlan, "n", sections, state, ports, deadline_ms, lambda: None)
        how = "DHCP" if wlan.ipconfig("dhcp4") else "lease"
    except OSError as error:
        how = str(error)
    took_s = time.ticks_diff(time.ticks_ms(), begin_ms) // 1000
    left_h = round(max(0, state.lease_due - ports.rtc_ms()) / 3600000)
    point = state.busy[20:26].hex() or "none"
    place = "network %d %s" % (state.network, point[-2:])
    print("joined:", how, place, "left", left_h, "h in", took_s, "s")

def step():
    global steps
    steps += 1
    print("step", steps)
    while pin.value() != steps & 1: time.sleep_ms(20)
"""
MODULES = ("wifi", "station", "lookup", "wifi_failure", "access_points")
STEM = {**ACCESS_POINT, "bssid": "02:00:00:00:00:07"}


def name_server(sock):
    """Answer to each question that the name does not exist."""
    while True:
        query, place = sock.recvfrom(512)
        sock.sendto(query[:2] + b"\x81\x83" + query[4:], place)


def joins(folder, program, *steps, answers=True, **options):
    """Run a program after PROGRAM on a board with the firmware's Wi-Fi; return its output.

    Each of `steps` is called with the board when the program waits in `step()`.
    """
    with ExitStack() as stack:
        ports = {53: stack.enter_context(served(socket.SOCK_DGRAM, name_server)) if answers else 0}
        program = PROGRAM + program + "\nprint('end')\n"
        board = board_with(folder, program, 4, ports=ports, **options)
        for name in MODULES:
            put(board, f"{name}.py", firmware_sources()[name].read_text())
        for name in ("net/dns.py", "stage/memory.py", "__init__.py"):
            put(board, "lib/wherry/" + name, (LIB / name).read_text())
        stack.enter_context(board)
        for number, change in enumerate(steps, 1):
            board.wait_line(f"^step {number}$", 60)
            change(board)
            board.pin(4, number & 1)
        board.wait_line("^end$", 60)
        return [text.partition(": ")[2] for _, text in board.lines if "joined: " in text]


def ways(found):
    """Return the first word of each join's line: DHCP, lease, or "Wi-Fi:" if it failed."""
    return [text.split()[0] for text in found]


def test_a_lease_is_valid_for_six_hours_or_as_configured(tmp_path):
    program = "for hours in (0, 5, 2, 3, 4): join(hours)\n"
    program += "sections[1]['lease_max_ms'] = 3600000\nfor hours in (7, 0, 1): join(hours)"
    found = joins(tmp_path, program)
    assert ways(found) == ["DHCP", "lease", "DHCP", "lease", "DHCP", "DHCP", "lease", "DHCP"]
    assert [text.split()[5] for text in found] == ["6", "1", "6", "3", "6", "1", "1", "1"]


def test_a_lease_of_another_network_is_dropped_immediately(tmp_path):
    moved = lambda board: board.access_points([{**ACCESS_POINT, "range": "10.0.7"}])  # noqa: E731
    found = joins(tmp_path, "join()\njoin()\nstep()\njoin()\njoin()", moved)
    assert ways(found) == ["DHCP", "lease", "DHCP", "lease"]
    # No name server answers for 1.4 s, then a scan and DHCP.
    assert 4 <= int(found[2].split()[-2]) <= 7


def test_a_missing_access_point_is_replaced_by_another_one(tmp_path):
    changed = lambda board: board.access_points([{**STEM, "channel": 11}])  # noqa: E731
    found = joins(tmp_path, "join()\nstep()\njoin()\njoin()", changed)
    assert [text[:19] for text in found] == [
        "DHCP network 1 01 l", "DHCP network 1 07 l", "lease network 1 07 ",
    ]  # fmt: skip


def test_the_strongest_access_point_is_joined_and_left_if_it_is_weak(tmp_path):
    points = [{**ACCESS_POINT, "rssi": -80}, {**STEM, "rssi": -70}]
    weaker = lambda board: board.access_points([points[0], {**STEM, "rssi": -90}])  # noqa: E731
    program = "join()\nstep()\njoin()\njoin(6)\njoin()"
    found = joins(tmp_path, program, weaker, access_points=points)
    # At -90 dBm it is used once more, and the next DHCP request follows a scan; -80 is weak, too.
    assert [text.split()[::3][:2] for text in found] == [
        ["DHCP", "07"], ["lease", "00"], ["DHCP", "00"], ["lease", "00"],
    ]  # fmt: skip


def test_a_hidden_network_is_joined_without_a_scan(tmp_path):
    hidden = [{**ACCESS_POINT, "hidden": True}]
    program = "del sections[0]\njoin()\nsections[0]['hidden'] = True\nstate.lease_due = 0\njoin()"
    found = joins(tmp_path, program, access_points=hidden)
    assert [text.split()[3] for text in found] == ["00", "00"]
    first_s, second_s = [int(text.split()[-2]) for text in found]
    assert ways(found) == ["DHCP", "DHCP"] and first_s >= second_s + 2


def test_static_addresses_need_no_dhcp_and_no_name_server(tmp_path):
    program = """
own = ["192.168.4.77", "255.255.255.0", "192.168.4.1", "192.168.4.1"]
sections[1]["addresses"] = own
join()
join(7)
print("joined:", *wlan.ifconfig())
"""
    *found, addresses = joins(tmp_path, program, answers=False)
    assert ways(found) == ["lease", "lease"] and addresses.split()[0] == "192.168.4.77"


def test_a_name_server_that_does_not_answer_costs_a_dhcp_but_no_join(tmp_path):
    found = joins(tmp_path, "join()\njoin()\njoin()", answers=False)
    assert ways(found) == ["DHCP", "DHCP", "DHCP"]


def test_an_access_point_that_vanishes_is_a_failure_and_needs_no_second_scan(tmp_path):
    gone = lambda board: board.wifi(up=False)  # noqa: E731
    program = "join()\nstep()\njoin()\nstate.failures = 1\njoin()"
    found = joins(tmp_path, program, gone)
    reasons = "harbor-wifi: {0}; none: {0}".format("network not found (status 201)")
    first, second, third = found
    assert first.startswith("DHCP network 1 01 left 6 h")
    assert second.startswith(f"Wi-Fi: {reasons} network 1 00 left 0 h")
    # Later failures cost no scan and no search for the access point known before.
    assert int(second.split()[-2]) >= int(third.split()[-2]) + 5


def test_a_wrong_password_and_a_wrong_name_are_distinguished(tmp_path):
    program = "sections = [sections[1]]; sections[0]['password'] = 'wrong'; join(0)"
    wrong = "Wi-Fi: harbor-wifi: wrong password, or a weak signal (status 202)"
    (found,) = joins(tmp_path, program)
    assert found.startswith(f"{wrong} network 0 00 left 0 h")


def test_a_live_connection_is_joined_again_immediately(tmp_path):
    # DHCP still runs then, and the driver refuses to start it.
    program = "join()\nstate.lease_due = 0\njoin(leaves=False)\n"
    assert ways(joins(tmp_path, program)) == ["DHCP", "DHCP"]
