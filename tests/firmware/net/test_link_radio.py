"""link.py on MicroPython itself: its radio, the time, and how a node creates a link."""

import pytest
from support.boards.firmware_run import found_by

RADIO = """
import net
from net import Net, Station
net.use()
from link import Link
from wherry.stage.state import new_state
settings = {"wifi": [{"ssid": "hut"}], "time": {"sntp": ["193.0.0.229"]},
            "node": {"host_name": "hut"}, "power": {"source": "battery"}}
link = Link(settings, new_state(), Ports(), "/ca", 0, [])
Station.fails = {"OSError": OSError, "RuntimeError": RuntimeError, "": None}[given["fails"]]
"""


@pytest.mark.parametrize("fails", ["", "OSError", "RuntimeError"])
def test_the_signal_is_0_without_a_value_and_a_radio_that_is_off_may_be_closed(fails):
    found, _ = found_by(RADIO + "found = [link.rssi(), link.close(), Net.log]", {"fails": fails})
    assert found == [0 if fails else -61, None, [] if fails else [["left"], ["active", False]]]


OPENED = """
Station.on, Station.joined = given["active"], given["joined"]
try:
    link.open(0)
    found = "joined"
except OSError as error:
    found = str(error)
"""


@pytest.mark.parametrize(("active", "joined", "outcome"), [
    (True, True, "joined"),
    # In the other cases Wi-Fi is joined, and the deadline is over.
    (True, False, "Wi-Fi: no time left to join"), (False, True, "Wi-Fi: no time left to join"),
])  # fmt: skip
def test_a_joined_wifi_is_left_unchanged(active, joined, outcome):
    given = {"fails": "", "active": active, "joined": joined}
    assert found_by(RADIO + OPENED, given)[0] == outcome


def test_a_node_without_a_link_creates_one_from_its_settings():
    program = """
import chip
from wherry import small_file

class Node: pass

node = Node()
node.stage, node.sample_if_due = node, Ports().feed
node.state = new_state()
mount({"/slot/": ""})
small_file.write("/slot/settings", json.dumps(settings).encode())
sys.path.insert(0, "/slot")
link = chip.Ports(Watchdog(1), True, False, None).link(node)
found = [link.idle is node.sample_if_due, link.rssi()]
"""
    assert found_by(RADIO + program, {"fails": ""})[0] == [True, -61]


def test_the_time_is_requested_from_the_hosts_in_the_settings():
    # A server at 2026-11-20T08:18:38Z that answers without delay.
    program = """
def u32(n):
    return n.to_bytes(4, "big")

def answer(packet, port):
    now = u32(848_477_918 + 3155673600) + u32(0)
    return bytes((0x24, 2, 6, 0xE9)) + u32(0) * 5 + packet[40:48] + now * 2

Net.delays_ms, Net.answer = [0], answer
found = link.network_time(9_000), Net.log[0]
"""
    found, _ = found_by(RADIO + program, {"fails": ""})
    assert found == [[0, 848_477_918_000], ["asked", "193.0.0.229", 123, 0]]
