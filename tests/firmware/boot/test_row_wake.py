"""row_wake.py: the same state as after the node's own turn, on MicroPython and on boards.

On MicroPython each wake runs twice from the same RTC memory, once as the node and once as a row
wake.
"""

import pytest
from support.boards import row_wakes
from support.boards.firmware_run import found_by
from support.boards.row_wakes import SYNCED
from support.boards.spine import Spine
from wherry.rows.frame import RICE
from wherry_host.config.boards import VIRTUAL

from bench.chip_wakes import wakes_of

SEED = 20261126
PROGRAM = """
mount({})
begin()
left_ms, found = given["every_ms"], []
for value, wait_ms in given["wakes"]:
    Sensor.value = value
    begin_ms = Clock.now_ms + (wait_ms or left_ms or 0)
    before, Clock.now_ms = bytes(Dozing.memory), begin_ms
    row_ms, row = woken(as_row_wake), bytes(Dozing.memory)
    Dozing.memory[:], Clock.now_ms = before, begin_ms
    if given["both"]:
        left_ms = woken(as_node)
    found.append([row_ms, left_ms, differs(row, Dozing.memory), differs(row, before)])
    if row_ms: Dozing.memory[:] = row
"""


@pytest.fixture
def wakes(tmp_path):
    """Return a function that runs wakes and returns [(ms slept as a row wake, as the node,
    the differences in RTC memory, the row wake's changes to it)]."""

    def run(values, state=None, both=True, **node):
        given = row_wakes.given(tmp_path, RICE, state, durability="stage", **node)
        given |= {"both": both, "wakes": values}
        return found_by(row_wakes.PROGRAM + PROGRAM, given)[0]

    return run


def weather(count, end=2_000):
    """Return (three values, None) for each of `count` wakes after an ordinary sleep."""
    return [(values, None) for values in row_wakes.weather(count, SEED, end)]


@pytest.mark.parametrize("node", [{}, {"stamps": "ms"}, {"sample_every": "1 s"}])
@pytest.mark.parametrize("state", [{}, SYNCED])
def test_rtc_memory_and_the_sleep_agree_with_the_nodes_turn(wakes, node, state):
    for row_ms, node_ms, differs, changed in wakes(weather(12), state=state, **node):
        if node.get("sample_every"):
            # Too short for a sleep: the node continues from the saved state.
            assert row_ms is None
        else:
            assert row_ms == node_ms and row_ms > 590_000
        assert changed and (differs == [] or row_ms is None), f"seed {SEED}"


def test_rows_for_the_flash_are_left_to_the_node(wakes):
    found = wakes(weather(9), state=SYNCED, stage_age_max="1 h")
    left = [i for i, each in enumerate(found) if each[0] is None]
    # The upload after an hour sends them all.
    assert left == [6] and not any(each[3] for each in found if each[0] is None)
    assert all(not each[2] for each in found if each[0])


def test_a_full_stage_is_left_to_the_node(wakes):
    found = wakes(weather(110, 1 << 29), state=SYNCED, stage_age_max="7 d")
    left = [i for i, each in enumerate(found) if each[0] is None]
    assert len(left) == 1 and left[0] > 50 and not found[left[0]][3]
    # The node moves them once the stage is full; a row wake leaves that to the next wake.
    differing = [i for i, each in enumerate(found) if each[0] and each[2]]
    assert differing == [left[0] - 1], f"seed {SEED}"


@pytest.mark.parametrize("state", [
    {**SYNCED, "send_due": 0}, {**SYNCED, "schema": 7}, {**SYNCED, "saved_ticks": 1 << 40},
])  # fmt: skip
def test_an_upload_other_channels_and_a_clock_that_was_set_are_left_to_the_node(wakes, state):
    (found,) = wakes(weather(1), state=state, both=False)
    assert found[0] is None and not found[3]


SCALE = 10
# A row wake takes half a second of true time, and the node does not sleep for less than a second.
CHANGES = {
    "node": {"sample_every": "8 s", "send_every": "64 s"},
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
}
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]
MODULES = {"app", "calm", "row_wake", "wherry.sensors.bme280", "wherry.sensors.battery"}
# The limit of frames in RTC memory.
CODER = {"wherry.copied.wherry.rows.rice"}


@pytest.mark.parametrize(
    ("board_name", "durability"), [(VIRTUAL, "stage"), ("virtual_ring", "stage"), (VIRTUAL, "row")]
)
def test_row_wakes_load_only_their_own_code_and_lose_nothing(tmp_path, board_name, durability):
    board = {"devices": DEVICES, "seed": SEED, "flash_steps": True}
    changes = {**CHANGES, "node": {**CHANGES["node"], "durability": durability}}
    with Spine(tmp_path, SCALE, changes, board=board, board_name=board_name) as spine:
        long_names = spine.plan().modules
        spine.start()
        for _ in range(3):
            spine.wait("delivered", since=spine.mark())
        wakes = wakes_of(spine.board.events)
        account = spine.judged()
    loaded = []
    for wake in wakes:
        paths = [path.split(" ")[0] for path in wake.modules]
        names = {path.removeprefix("/app/").removesuffix(".mpy") for path in paths}
        loaded.append({long_names.get(name, name) for name in names})
    rows = [wake for wake, names in zip(wakes, loaded, strict=True) if "assemble" not in names]
    expected = MODULES | (CODER if durability == "stage" else set())
    assert {frozenset(names) for names in loaded if "assemble" not in names} == {
        frozenset(expected)
    }
    print(f"{len(rows)} row wakes of {len(wakes)}, {account.counts}, seed {SEED}")
    assert len(rows) > len(wakes) // 2
    if durability == "stage":
        assert not any(wake.erases for wake in rows)
    assert account.counts.delivered
