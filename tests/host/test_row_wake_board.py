"""A virtual board on battery whose rows wait in RTC memory: most wakes only keep a row there."""

import pytest
from spine import Spine
from wherry_host.config.boards import VIRTUAL

from bench.chip_wakes import wakes_of

SEED = 20261126
SCALE = 10
# A row wake takes half a second of true time, and the node does not sleep for less than a second.
CHANGES = {
    "node": {"sample_every": "8 s", "send_every": "64 s", "durability": "stage"},
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
}
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]
MODULES = {
    "app", "calm", "row_wake", "wherry.copied.wherry.rows.rice", "wherry.sensors.bme280",
    "wherry.sensors.battery",
}  # fmt: skip


@pytest.mark.parametrize("board_name", [VIRTUAL, "virtual_ring"])
def test_row_wakes_load_nothing_but_their_own_and_lose_nothing(tmp_path, board_name):
    board = {"devices": DEVICES, "seed": SEED, "flash_steps": True}
    with Spine(tmp_path, SCALE, CHANGES, board=board, board_name=board_name) as spine:
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
    rows = [wake for wake, names in zip(wakes, loaded, strict=True) if "setup" not in names]
    assert {frozenset(names) for names in loaded if "setup" not in names} == {frozenset(MODULES)}
    print(f"{len(rows)} row wakes of {len(wakes)}, {account.counts}, seed {SEED}")
    assert len(rows) > len(wakes) // 2
    assert not any(wake.erases for wake in rows)
    assert account.counts.delivered
