"""cadence.py and on_battery.py on MicroPython: what an upload decides, and its effect."""

import struct

from support.boards.firmware_run import found_by

# falling, rising, sample, send.
LEVELS = [
    [3750, 3850, 600_000, 3_600_000, "high"],
    [3550, 3650, 900_000, 10_800_000, "normal"],
    [3400, 3500, 3_600_000, 43_200_000, "low"],
]
EVERY_MS = (300_000, 1_800_000)
# 1 June 2026 in seconds since 2000.
DAY_S = 833_587_200
PROGRAM = """
class Link:
    closed = 0
    def close(self): Link.closed += 1

Chip = Measuring
stand_in(machine=Chip, time=Clock)
mount({})
import cadence, on_battery
from wherry.stage.stage import Stage

def settings():
    sample_ms, send_ms = given["every_ms"]
    node = {"name": "n", "sample_every_ms": sample_ms, "send_every_ms": send_ms}
    return {"node": node, "power": {"source": "battery", "cadence": given["levels"],
                      "windows": given["windows"], "utc_offset_min": 60},
            "board": {"battery": {"adc_pin": 34, "ratio_milli": 2000}}}

Chip.memory[:] = bytes(2048)
stage = Stage(Chip.memory, bool, 1)
state = stage.new_state()
found = []
for given_state, samples in given["uploads"]:
    for name, value in given_state.items():
        setattr(state, name, bytearray(value) if type(value) is list else value)
    now = settings()
    Chip.cause = Chip.DEEPSLEEP_RESET
    stage.save()
    on_battery.begin(now, None)
    link = Link()
    # A link that is made after the start has settings that were read again.
    cadence.watch(link, stage, settings())
    Converter.samples = samples
    link.close()
    every_s = [now["node"][key] // 1000 for key in ("sample_every_ms", "send_every_ms")]
    found.append([every_s, list(state.busy[12:16]), state.sample_due, state.send_due,
                  list(state.uplinks)])
for cause in (Chip.DEEPSLEEP_RESET, Chip.PWRON_RESET):
    now, Chip.cause = settings(), cause
    on_battery.begin(now, None)
    found.append(now["node"]["sample_every_ms"])
found.append(Link.closed)
"""


def uploads(*given, levels=LEVELS, windows=()):
    """Return (states after the uploads, sample period at the next wake, the same after a cut).

    An upload is (fields of the state before it, voltages). `uploads.lines` are the printed lines.
    """
    given = [(state, mv if isinstance(mv, list) else [mv]) for state, mv in given]
    data = {"levels": levels, "windows": windows, "every_ms": EVERY_MS, "uploads": given}
    (*found, slept, started, closed), uploads.lines = found_by(PROGRAM, data)
    assert closed == len(given)
    return found, slept, started


def record(number):
    """Return the level's bytes as in docs/spec.md, "RTC memory"."""
    return [number + 1, *(LEVELS[number][2] // 100).to_bytes(3, "big")]


def test_an_upload_sets_the_periods_of_the_next_wakes():
    dues = {"sample_due": 10_000_000, "send_due": 20_000_000}
    found, slept, started = uploads((dues, 3700), ({}, 3651), ({}, 3500), ({}, 3649), ({}, 3900))
    steps = [
        # The periods at the upload's start, and the level that the upload chooses.
        ([300, 1800], 1), ([900, 10_800], 1), ([900, 10_800], 2), ([3600, 43_200], 2),
        ([3600, 43_200], 0),
    ]  # fmt: skip
    assert [(each[0], each[1]) for each in found] == [(s, record(i)) for s, i in steps]
    # The next row follows the last one after the period of the level, and the next upload follows
    # this one.
    assert [each[2] - 10_000_000 for each in found] == [600_000] * 2 + [3_300_000] * 2 + [300_000]
    moves = [10_800_000, 10_800_000, 43_200_000, 43_200_000, 7_200_000]
    assert [each[3] for each in found] == moves
    # After a loss of power the periods of [node] apply again.
    assert (slept, started) == (600_000, 300_000)


def test_the_next_upload_of_each_uplink_is_moved():
    dues = struct.pack("<IBIBIB", 1000, 0, 2000, 3, 900_000, 0)
    found, _, _ = uploads(({"uplinks": list(dues + bytes(34 - len(dues)))}, 3700))
    moved = struct.unpack_from("<IBIBIBIB", bytes(found[0][4]))
    # The one after a failure is not.
    assert moved == (10_800, 0, 2000, 3, 10_800, 0, 0, 0)


def at(hour, minute):
    """Return the state of a node whose clock is at a time of 1 June 2026, UTC."""
    ms = (DAY_S + hour * 3600 + minute * 60) * 1000
    return {"synced": 1, "ref_ticks": 0, "ref_ms": ms}


def test_the_longer_period_of_level_and_window_applies_in_local_time():
    windows = [[0, 22 * 60, 6 * 60, 1_800_000, 7_200_000]]
    found, slept, _ = uploads(
        (at(20, 59), 3900), (at(21, 0), 3900), (at(21, 0), 3700), (at(4, 59), 3700),
        (at(5, 0), 3700), ({"synced": 0}, 3700), windows=windows,
    )  # fmt: skip
    assert [each[1][0] for each in found] == [0x01, 0x11, 0x12, 0x12, 0x02, 0x02]
    assert found[2][0] == [1800, 7200]
    assert found[3][0] == [1800, 10_800]
    assert slept == 900_000
    assert uploads.lines[1] == (
        "battery 3900 mV: high in window 1, a row each 1800 s, an upload each 7200 s"
    )


def test_windows_need_no_divider():
    levels = [[0, 0, *EVERY_MS, "node"]]
    windows = [[1, 5 * 32 + 1, 6 * 32 + 1, 3_600_000, 86_400_000]]
    found, slept, started = uploads((at(1, 0), None), levels=levels, windows=windows)
    assert found[0][1][0] == 0x11 and (slept, started) == (3_600_000, 300_000)
    assert uploads.lines == [
        "cadence: node in window 1, a row each 3600 s, an upload each 86400 s"
    ]
