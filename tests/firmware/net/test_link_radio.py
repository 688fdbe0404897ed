"""The radio of link.py and the words of failure.py on MicroPython itself.

The errors of real TLS are in test_virtual_tls.py.
"""

import ast

import pytest
from support.boards.failure_forms import FORMS
from support.boards.firmware_run import found_by, printed_by
from wherry_host.places import SHIMS

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


PROGRAM = """
import sys

sys.path.insert(0, sys.argv[1])
from failure import words

print([words(eval(error)) for error in sys.argv[2:]])
"""


def test_every_form_of_an_error_gets_words():
    cases = [line.partition(") ") for line in FORMS.strip().splitlines()]
    printed = printed_by(PROGRAM, SHIMS, *(error + ")" for error, _, _ in cases))
    assert ast.literal_eval(printed) == [text for _, _, text in cases]
