"""Virtual boards whose battery's voltage sets their periods, or is too low; the account balances.

An upload decides the level: the rows after it have that level's period.
"""

import re
from itertools import pairwise

import pytest
from support.boards.spine import Spine

SEED = 20261126
SCALE = 6
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]
CADENCE = "high:15s/45s; normal:30s/90s; low:1min/3min"
PERIODS_S = {"high": (15, 45), "normal": (30, 90)}
# A row or an upload may be this late: a start takes a second on this computer, or two if it is
# busy.
LATE_S = 12
# Temperature, humidity, pressure, battery; the node's own rows have other counts.
READINGS = 4


CHANGES = {
    "node": {"sample_every": "20 s", "send_every": "20 s", "durability": "stage"},
    "power": {"source": "battery", "empty_mv": 3000, "cadence": CADENCE},
    "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
}


def decided(spine, mv, name):
    """Set a voltage; return the index of the line after the upload that chooses level `name`."""
    mark = spine.mark()
    spine.board.battery(mv)
    spine.wait(f"battery [0-9]+ mV: {name}, a row each", since=mark)
    found = [i for i, (_, text) in enumerate(spine.board.lines[mark:]) if f"mV: {name}, " in text]
    return mark + found[0] + 1


def kept(spine, mark, mv):
    """Set a voltage and wait for two uploads; return the lines since the mark."""
    spine.board.battery(mv)
    for _ in range(2):
        spine.wait("delivered", since=spine.mark())
    return spine.board.lines[mark:]


def are_periods(spine, times_us, expected_s):
    """Return True if the times have this period, apart from stalls of this computer.

    A stall delays a time, which makes the period before it longer and the one after it shorter.
    """
    found = [(after - before) / 1e6 for before, after in pairwise(times_us)]
    lost_s = [spine.lost_us(*pair) / 1e6 for pair in pairwise(times_us)]
    print(f"{expected_s} s: {[round(each, 1) for each in found]}, lost {lost_s}")
    late_s = [LATE_S + before + own for before, own in pairwise([0, *lost_s])]
    return len(found) >= 2 and all(
        abs(each - expected_s) < late for each, late in zip(found, late_s, strict=True)
    )


def test_a_node_samples_and_sends_by_the_voltage_after_its_last_upload(tmp_path):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, SCALE, CHANGES, board=board) as spine:
        spine.start()
        spine.wait("battery [0-9]+ mV: high, a row each 15 s, an upload each 45 s")
        for mv, name, same_mv in ((3600, "normal", 3820), (3880, "high", 3760)):
            mark = decided(spine, mv, name)
            lines = kept(spine, mark, same_mv)
            assert not any("mV: " in text for _, text in lines), lines
            sample_s, send_s = PERIODS_S[name]
            rows = [time_us for time_us, _, count in spine.rows(lines) if count == READINGS]
            assert are_periods(spine, rows, sample_s)
            sent = [time_us for time_us, text in lines if ": delivered" in text]
            assert are_periods(spine, [sent[0] - send_s * 1_000_000, *sent], send_s)
        account = spine.judged()
    print(f"{account.counts}, seed {SEED}")


EMPTY_SCALE = 10
EMPTY_ROWS = 8


def flash_of_sleeps(events):
    """Return the flash's counts at the end of each wake in a board's events."""
    return [event["flash"] for event in events if event["event"] == "sleep"]


def empty_changes(durability):
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
    with Spine(tmp_path, EMPTY_SCALE, empty_changes(durability), board=board) as spine:
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
