"""Virtual boards whose battery is empty for a while; the account balances."""

import re

import pytest
from support.boards.spine import Spine

SEED = 20261126
SCALE = 10
ROWS = 8
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]


def flash_of_sleeps(events):
    """Return the flash's counts at the end of each wake in a board's events."""
    return [event["flash"] for event in events if event["event"] == "sleep"]


def changes_of(durability):
    # A row wake takes half a second of true time. If less than a second is left until the next
    # sample, an empty node sleeps for 10 min.
    return {
        "node": {"sample_every": "20 s", "send_every": "80 s", "durability": durability},
        "power": {"source": "battery", "empty_mv": 3400},
        "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
    }


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_an_empty_battery_keeps_rows_in_rtc_memory_and_only_notes_that_in_flash(
    tmp_path, durability
):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, SCALE, changes_of(durability), board=board) as spine:
        spine.start()
        spine.wait("delivered")
        spine.board.battery(3300)
        mark = spine.mark()
        spine.wait("battery 3[0-9]+ mV: empty", since=mark)
        begin = len(spine.board.events)
        for _ in range(ROWS):
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
    assert len(sleeps) >= ROWS - 1
    # With "stage", the flash has the note since the first turn.
    assert (sleeps[0]["programs"] > 0) == (durability == "row")
    assert not any(flash["programs"] or flash["erases"] for flash in sleeps[1:])
    lines = [event["text"] for event in events if event["event"] == "line"]
    assert all(re.fullmatch(r"[0-9.]+ row \d+: \d+ readings", line) for line in lines)
