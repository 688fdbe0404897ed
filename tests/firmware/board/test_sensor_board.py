"""The chips described by tables on a whole board, failing one after the other, judged."""

import pytest
from support.boards.spine import Spine
from support.sensors.sensor_wires import kinds
from wherry_host.config import drivers
from wherry_host.virtual import devices

SLOW = [kind for kind in kinds() if hasattr(devices.model_class(kind), "READY_US")]
QUICK = [kind for kind in kinds() if kind not in SLOW]
# Chips that share an address with another by default.
MOVED = {"sht4x": 0x45, "ina219": 0x42, "ads1115": 0x49}
DERIVED = {"si7021": {"derive": ["dew_point"]}}
FAULTS = "nak", "stuck"


def place(kind):
    """Return the options of a kind's address."""
    return {"address": MOVED[kind]} if kind in MOVED else {}


def channels_of(kind):
    """Return how many channels the section of a kind has."""
    return len(drivers.channels(kind)) + len(DERIVED.get(kind, {}).get("derive", ()))


@pytest.mark.parametrize("chosen, every_s, scale", [(QUICK, 2, 4.0), (SLOW, 8, 10.0)])
def test_each_chip_is_read_and_fails_alone(tmp_path, chosen, every_s, scale):
    sensors = [
        {"driver": kind, "prefix": f"{kind}_", **place(kind), **DERIVED.get(kind, {})}
        for kind in chosen
    ]
    node = {"sample_every": f"{every_s} s", "send_every": f"{2 * every_s} s"}
    boards_devices = [{"kind": kind, **place(kind)} for kind in chosen]
    board = {"devices": boards_devices, "weather_speed": 600}
    count = sum(map(channels_of, chosen))
    with Spine(tmp_path, scale, {"node": node, "sensor": sensors}, board=board) as spine:
        spine.start()
        spine.wait(rf"row \d+: {count} readings")
        for number, kind in enumerate(chosen, 1):
            # The node reports a failure once, and may do so before the call returns.
            since = spine.mark()
            spine.board.device(kind, FAULTS[number % 2])
            spine.wait(rf"sensor {number} \({kind}.*\): (no answer|not ready)", since=since)
            spine.board.device(kind, None)
            spine.wait(rf"sensor {number} \({kind}.*\): responding again")
        spine.wait(rf"row \d+: {count} readings", since=spine.mark())
        spine.drained()
        names = {channel for channel, _ in spine.stored() if not channel.startswith("node_")}
        assert len(names) == count, names
        spine.settled()
