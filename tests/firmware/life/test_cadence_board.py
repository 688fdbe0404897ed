"""A virtual board whose battery's voltage sets its periods; the account must balance.

An upload decides the level: the rows after it have that level's period.
"""

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


def changes(durability):
    return {
        "node": {"sample_every": "20 s", "send_every": "20 s", "durability": durability},
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


def test_a_window_needs_no_divider(tmp_path):
    sections = {
        **changes("stage"),
        "power": {"source": "battery", "windows": ["00:00-24:00 30s/90s"], "empty_mv": 0},
        "sensor": [{"driver": "bme280"}],
    }
    board = {"devices": DEVICES[:1], "seed": SEED}
    with Spine(tmp_path, SCALE, sections, board=board) as spine:
        spine.start()
        spine.wait("cadence: node in window 1, a row each 30 s, an upload each 90 s")
        mark = spine.mark()
        for _ in range(2):
            spine.wait("delivered", since=spine.mark())
        rows = spine.rows(spine.board.lines[mark:])
        assert are_periods(
            spine, [time_us for time_us, _, count in rows if count == READINGS - 1], 30
        )
        spine.judged()


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_a_node_samples_and_sends_by_the_voltage_after_its_last_upload(tmp_path, durability):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, SCALE, changes(durability), board=board) as spine:
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
