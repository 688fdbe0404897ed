"""The charge that a node counts, compared with a meter on a virtual board; discharged cells."""

import pytest
from support.boards.doubts import is_doubted
from support.boards.firmware_run import found_by
from support.boards.spine import Spine
from wherry.health_channels import CHARGE_CHANNELS
from wherry.power.charge import BOOT_MS
from wherry_host.config import boards
from wherry_host.config.needs import lacking
from wherry_host.energy.meter import Meter
from wherry_host.energy.on_node import charge_settings
from wherry_host.energy.profile import profile_of

from bench import discharges

# A good part of a wake is waiting.
SENSORS = [{"driver": "bme280", "mean": 4, "pause": "500 ms"}, {"driver": "battery"}]
NODE = {"sample_every": "10 s", "send_every": "30 s"}
POWER = {"source": "battery", "capacity_mah": 3000}


def spine(folder):
    return Spine(folder, 5.0, {"node": NODE, "power": POWER, "sensor": SENSORS})


def charges(rig):
    """Return {stamp: mAh} as sent by the node."""
    return {us: value for (name, us), (value, _) in rig.stored().items() if name == "node_mah"}


def runs(rig, time_us):
    """Return the first and the last start of a board before a time."""
    starts = [each["time_us"] for each in rig.board.events if each["event"] == "boot"]
    return starts[0], max(each for each in starts if each <= time_us)


def test_the_charge_agrees_with_the_meter(tmp_path):
    with spine(tmp_path) as rig:
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


# The time that the last run was awake after saving its state, if it slept or was reset.
ENDS = """
stand_in(machine=Machine, time=Clock)
import rtc
from wherry.stage.stage import Stage

state = Stage(*rtc.rtc_memory(), 2)
state.new_state()
state.save()
import charge

def lost_ms(cause, passed_ms):
    Machine.cause, Clock.now_ms = cause, passed_ms
    # The stand-in shows the RTC as its ticks.
    Clock.ticks_ms = lambda: 5_000
    charge.Ports.lost_ms = 0
    charge.begin({})
    return charge.Ports.lost_ms

found = [lost_ms(Machine.DEEPSLEEP_RESET, 9_000), lost_ms(Machine.WDT_RESET, 9_000)]
found.append(lost_ms(Machine.HARD_RESET, 3_600_000))
"""


def test_a_run_ended_by_a_reset_is_counted_by_the_next_one():
    found, _ = found_by(ENDS)
    assert found == [0, 4_000, 90_000]


def test_the_node_and_the_forecast_have_the_same_times():
    profile = profile_of(boards.load("virtual"))
    assert profile.boot_s.usual * 1000 == BOOT_MS
    settings = charge_settings(
        {"power": POWER | {"chemistry": "li-ion"}}, boards.load("virtual"), None
    )
    assert settings["currents"] == [20, 40000, 27000, 95000, 119700]
    assert (settings["cell"], settings["channels"]) == ([2550000, 1500], CHARGE_CHANNELS)
    assert charge_settings({"power": {"capacity_mah": None}}, {}, None) == {}


def test_a_board_whose_current_asleep_is_not_known_cannot_count():
    (error,) = lacking({"power": {"capacity_mah": 3000}}, "tinypico")
    assert error[:2] == ("[power]: capacity_mah", "3000")
    assert "the sleep current of tinypico is unknown: remove this key" in error[2]
    assert lacking({"power": {"capacity_mah": 3000}}, "firebeetle_esp32") == []


SEED, COUNT = 20261126, 3


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_no_discharge_ends_in_a_reset_loop_a_damaged_queue_or_a_lost_row(durability):
    found = discharges.run(SEED, COUNT, durability)
    assert all(verdict["sent"] for verdict in found)
    assert not [verdict for verdict in found if discharges.is_failure(verdict)], f"seed {SEED}"


def test_without_the_protection_weak_cells_reset_the_node_more_often():
    guarded, plain = (discharges.run(SEED, COUNT, "row", mv) for mv in (3400, 0))
    counts = [sum(each["power_ons"] for each in found) for found in (guarded, plain)]
    assert counts[1] > 2 * counts[0] and counts[1] > COUNT, f"seed {SEED}: {counts}"
