"""The charge that a node counts, against a meter between a virtual board and its battery."""

import pytest
from spine import Spine
from test_pulses import is_doubted

from wherry_host.config import boards
from wherry_host.energy.meter import Meter
from wherry_host.energy.profile import profile_of

# A good part of a wake is waiting.
SENSORS = [{"driver": "bme280", "mean": 4, "pause": "500 ms"}, {"driver": "battery"}]
NODE = {"sample_every": "10 s", "send_every": "30 s"}
POWER = {"source": "battery", "capacity_mah": 3000}


def spine(folder, durability="row", **changes):
    node = {**NODE, "durability": durability}
    return Spine(folder, 5.0, {"node": node, "power": POWER, "sensor": SENSORS, **changes})


def charges(rig):
    """Return {stamp: mAh} of what the node has said."""
    return {us: value for (name, us), (value, _) in rig.stored().items() if name == "node_mah"}


def runs(rig, time_us):
    """Return the first and the last start of a board before a time."""
    starts = [each["time_us"] for each in rig.board.events if each["event"] == "boot"]
    return starts[0], max(each for each in starts if each <= time_us)


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_the_charge_is_that_of_the_meter(tmp_path, durability):
    with spine(tmp_path, durability) as rig:
        rig.start()
        while len(charges(rig)) < 4:
            rig.board.wait_line("delivered", 60, len(rig.board.lines))
        rig.drained()
        time_us = max(charges(rig))
        meter = Meter(rig.board.events, profile_of(boards.load(rig.board_name)).usual())
        first_us, last_us = runs(rig, time_us)
        least, most = meter.mah(first_us, last_us), meter.mah(first_us, time_us + 1_000_000)
        assert 0.95 * least - 0.01 <= charges(rig)[time_us] <= 1.05 * most + 0.01
        assert not any(name == "node_days_left" for name, _ in rig.stored()), "not a day is over"
        rig.settled()
        # A meter that never saw the radio on contradicts the node.
        events = rig.board.events
        events[:] = [each for each in events if each["event"] != "radio"]
        assert is_doubted(rig.account(), "node_mah", "")
