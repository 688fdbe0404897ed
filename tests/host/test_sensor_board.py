"""The chips that tables describe on a whole board, one after the other failing, judged."""

from sensor_wires import kinds
from spine import Spine

KINDS = kinds()
# The two share an address by default.
MOVED = {"sht4x": {"address": 0x45}}
DERIVED = {"si7021": {"derive": ["dew_point"]}}
FAULTS = "nak", "stuck"


def test_each_chip_is_read_and_fails_alone(tmp_path):
    sensors = [
        {"driver": kind, "prefix": f"{kind}_", **MOVED.get(kind, {}), **DERIVED.get(kind, {})}
        for kind in KINDS
    ]
    changes = {"node": {"sample_every": "2 s", "send_every": "4 s"}, "sensor": sensors}
    devices = [{"kind": kind, **MOVED.get(kind, {})} for kind in KINDS]
    board = {"devices": devices, "weather_speed": 600}
    with Spine(tmp_path, 4.0, changes, board=board) as spine:
        spine.start()
        spine.wait(r"row \d+: 11 readings")
        for number, kind in enumerate(KINDS, 1):
            spine.board.device(kind, FAULTS[number % 2])
            spine.wait(rf"sensor {number} \({kind}.*\): (no answer|not ready)", since=spine.mark())
            spine.board.device(kind, None)
            spine.wait(rf"sensor {number} \({kind}.*\): responding again")
        spine.wait(r"row \d+: 11 readings", since=spine.mark())
        spine.drained()
        names = {channel for channel, _ in spine.stored() if not channel.startswith("node_")}
        assert len(names) == 11 and "si7021_dew_point" in names, names
        spine.settled()
