"""A virtual board whose battery becomes empty and is charged again; the account must balance."""

import re

import pytest
from support.boards.spine import Spine

SEED = 20261126
SCALE = 10
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]
EMPTY_ROWS = 8
# Ten minutes of sleep last ten seconds.
FAST_SCALE = 60


def flash_of_sleeps(events):
    """Return the flash's counts at the end of each wake in a board's events."""
    return [event["flash"] for event in events if event["event"] == "sleep"]


def changes(durability):
    # A row wake takes half a second of true time.
    return {
        "node": {"sample_every": "8 s", "send_every": "32 s", "durability": durability},
        "power": {"source": "battery", "empty_mv": 3400},
        "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
    }


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_an_empty_battery_keeps_rows_in_rtc_memory_and_writes_and_sends_nothing(
    tmp_path, durability
):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, SCALE, changes(durability), board=board) as spine:
        spine.start()
        spine.wait("delivered")
        spine.board.battery(3300)
        mark = spine.mark()
        spine.wait("battery 3[0-9]+ mV: empty", since=mark)
        begin = len(spine.board.events)
        for _ in range(EMPTY_ROWS):
            mark = spine.mark()
            spine.wait(r"row \d+: \d+ readings", since=mark)
        events = spine.board.events[begin:]
        spine.board.battery(3700)
        mark = spine.mark()
        spine.wait("battery 3[0-9]+ mV: in use", since=mark)
        spine.wait("delivered", since=mark)
        account = spine.judged()
    sleeps = flash_of_sleeps(events)
    print(f"{len(sleeps)} wakes on an empty battery, {account.counts}, seed {SEED}")
    assert len(sleeps) >= EMPTY_ROWS - 1
    assert not any(flash["programs"] or flash["erases"] for flash in sleeps)
    lines = [event["text"] for event in events if event["event"] == "line"]
    assert all(re.fullmatch(r"[0-9.]+ row \d+: \d+ readings", line) for line in lines)


def test_an_empty_battery_at_power_on_costs_no_write(tmp_path):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, FAST_SCALE, changes("row"), board=board) as spine:
        spine.start()
        spine.drained()
        spine.board.cut()
        begin = len(spine.board.events)
        mark = spine.mark()
        # Set while the board is off, because a start may measure before a later command comes.
        spine.board.battery(3300)
        spine.board.power_on()
        spine.wait("battery empty: its voltage is measured again in 10 min", since=mark)
        spine.board.wait_event("sleep", since=begin)
        events = spine.board.events[begin:]
        spine.board.battery(3700)
        spine.wait("delivered", since=mark)
        account = spine.judged()
    print(f"{account.counts}, seed {SEED}")
    (flash,) = flash_of_sleeps(events)
    assert not flash["programs"] and not flash["erases"]
