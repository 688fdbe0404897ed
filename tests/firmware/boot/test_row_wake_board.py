"""Virtual boards on battery: most wakes only keep a row, in RTC memory or in the row file."""

import pytest
from support.boards.spine import Spine
from wherry_host.config.boards import VIRTUAL

from bench.chip_wakes import wakes_of

SEED = 20261126
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
