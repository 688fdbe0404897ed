"""firmware/boot/assemble.py on MicroPython itself: objects created at a start or later.

Whole nodes are created on virtual boards, in test_spine_*.py and test_uplinks_board.py.
"""

import pytest
from support.boards.firmware_run import found_by

PROGRAM = """
import net
net.use()
stand_in(machine=Machine)
import assemble
from wherry.stage.state import new_state
from wherry.time.clock import Clock as NodeClock

class Upload:
    def __init__(self, remembers): self.remembers = remembers

class Stage: pass

mount(given["files"])
state = new_state()
clock = NodeClock(state, "/data/anchors", {})
clock.begin(1, 1_000)
Clock.now_ms, state.send_due = 1_000 + given["ticks"], 500
Stage.state = state
settings = {"power": {"source": given["source"]}, "wifi": [], "time": {"sntp": []},
            "node": {"host_name": "hut"}}
uploads = [Upload(remembers) for remembers in given["remembers"]]
room = assemble._tls_room(settings)
link = assemble._link(settings, Stage, clock, uploads, Ports(), room)
found = {"room": len(room), "link": link is not None, "orders": assemble._has_orders(),
         "remembers": assemble._remembers(uploads)}
"""


def made(source="battery", ticks=0, remembers=(False,), files=None):
    """Return the parts that a start at these ticks creates, with the next upload due at 500."""
    given = {"source": source, "ticks": ticks, "remembers": remembers, "files": files or {}}
    return found_by(PROGRAM, given)[0]


@pytest.mark.parametrize(("given", "link"), [
    # A wake that only keeps a row needs no link.
    ({"ticks": 499}, False),
    ({"ticks": 500}, True),
    ({"ticks": 501}, True),
    # An uplink's saved state is restored with its link; a node on mains keeps one.
    ({"remembers": (False, True)}, True),
    ({"source": "mains"}, True),
])  # fmt: skip
def test_a_link_is_created_if_this_wake_may_need_one(given, link):
    assert made(**given)["link"] == link


def test_a_node_on_mains_keeps_the_room_of_a_context():
    assert made("mains")["room"] > 100 and made("battery")["room"] == 0


@pytest.mark.parametrize(("remembers", "any_does"), [
    ((False,), False), ((True,), True), ((False, True, False), True), ((False, False), False),
])  # fmt: skip
def test_one_uplink_with_saved_state_is_enough(remembers, any_does):
    assert made(remembers=remembers)["remembers"] is any_does


@pytest.mark.parametrize(("files", "has_orders"), [
    ({}, False), ({"/data/orders/": ""}, False), ({"/data/orders/1": "x"}, True),
])  # fmt: skip
def test_orders_are_looked_for_in_their_folder(files, has_orders):
    assert made(files=files)["orders"] is has_orders
