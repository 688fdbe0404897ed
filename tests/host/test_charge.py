"""The charge that a node counts, against a meter between a virtual board and its battery."""

import pytest
from firmware_run import found_by
from spine import Spine
from test_pulses import is_doubted
from wherry.health_channels import CHARGE_CHANNELS
from wherry.power.charge import BOOT_MS
from wherry_host.config import boards
from wherry_host.energy.meter import Meter
from wherry_host.energy.on_node import charge_settings
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


# A run of 5 s that ends in an error, with the radio off and then on; one that a reset ended after
# it had saved its state, and one long after.
ENDS = """
class Network:
    STA_IF, is_on = 0, False

    def __init__(self, interface):
        pass

    def active(self):
        return Network.is_on

class Times(Clock):
    @staticmethod
    def ticks_ms():
        return 5_000

stand_in(machine=Machine, time=Times, network=type("network", (), {"WLAN": Network, "STA_IF": 0}))
import charge
import rtc
from wherry.power.charge import AWAKE_AT, RADIO_AT, TIME_SIZE
from wherry.stage.stage import Stage


def stage():
    return Stage(*rtc.rtc_memory(), 2)

def times():
    busy = stage().state.busy
    return [int.from_bytes(busy[at : at + TIME_SIZE], "big") for at in (AWAKE_AT, RADIO_AT)]

def begun(cause, passed_ms):
    Machine.cause = cause
    found = stage()
    found.state.saved_ticks = 0
    Times.now_ms = passed_ms
    found.state.zero_ms = 0
    found.save()
    charge.Ports.lost_ms = 0
    charge.begin({})
    return charge.Ports.lost_ms

charge.count_failed()
first = stage()
first.new_state()
first.save()
found = [times()]
charge.count_failed()
found.append(times())
Network.is_on = True
charge.count_failed()
found.append(times())
found += [begun(Machine.DEEPSLEEP_RESET, 9_000), begun(Machine.WDT_RESET, 9_000)]
found.append(begun(Machine.HARD_RESET, 3_600_000))
"""


def test_a_run_that_ends_otherwise_is_counted_too():
    found, _ = found_by(ENDS)
    # 70 ms of each run are those of the chip's start.
    assert found == [[0, 0], [5_070, 0], [10_140, 5_070], 0, 4_000, 90_000]


def test_the_node_and_the_forecast_have_the_same_times():
    profile = profile_of(boards.load("virtual"))
    assert profile.boot_s.usual * 1000 == BOOT_MS
    settings = charge_settings(
        {"power": POWER | {"chemistry": "li-ion"}}, boards.load("virtual"), None
    )
    assert settings["currents"] == [20, 40000, 27000, 95000, 119700]
    assert (settings["cell"], settings["channels"]) == ([2550000, 1500], CHARGE_CHANNELS)
    assert charge_settings({"power": {"capacity_mah": None}}, {}, None) == {}
