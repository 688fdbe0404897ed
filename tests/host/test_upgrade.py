"""A board of 0.1.0 with a full queue is deployed to through its port, as its owner would do it."""

import json

from test_stored_boards import BOARDS, unpacked, write_boards
from wherry_host.account.spec import queue as spec_queue
from wherry_host.demo.rig import Rig
from wherry_host.owner.data_copy import copied
from wherry_host.virtual.image import Image

FOLDER = BOARDS / "0.1.0"
SCALE = 20
CONFIG = {
    "node": {
        "name": "harbor-node",
        "sample_every": "20 s",
        "send_every": "10 min",
        "stamps": "ms",
    },
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}],
}


def rows_crc(data, expected):
    """Return (count, CRC) of the rows that the board had before, as they are read now."""
    rows = [
        row
        for row in spec_queue.read_queue(spec_queue.from_folder(data))
        if row[0].number <= expected["last_row"][0]
    ]
    return len(rows), write_boards.crc_of(rows)


def test_a_full_queue_of_0_1_0_survives_the_deploy():
    expected = json.loads((FOLDER / "expected.json").read_text())
    board = {"devices": [{"kind": "bme280", "address": 0x76}], "seed": 4}
    with Rig(scale=SCALE, config=CONFIG, board=board) as rig:
        rig.board.flash.write_bytes(unpacked(FOLDER, "flash"))
        (rig.board.folder / "rtc.bin").write_bytes(unpacked(FOLDER, "rtc"))
        rig.board.start()
        rig.board.wifi(up=False)
        rig.board.wait_line(f"row {expected['state']['next_row']}: 3 readings", 60)
        done = rig.deploy_port()
        assert (done.slot, done.on_trial) == ("a.app", True)
        rig.board.wait_line("slot: a.app has proven itself", 60)
        since = len(rig.board.events)
        words = None
        while words != "a.app":
            since = 1 + rig.board.events.index(rig.board.wait_event("sleep", 60, since))
            rig.board.cut()
            with Image(rig.board.flash) as image:
                words = image.read("slot").decode()
                files = image.files()
            rig.board.power_on()
        assert not [name for name in files if name.startswith(("a/", "b/"))]
        assert "data/settings" not in files and "trial" not in files
        rig.board.cut()
        with copied(str(rig.board.flash)) as copy:
            assert rows_crc(copy.folder, expected) == (
                expected["row_count"],
                expected["rows_crc"],
            )
        rig.board.power_on()
        rig.board.wifi(up=True)
        rig.board.wait_line(r"harbor: delivered \d{3,}", 60)
