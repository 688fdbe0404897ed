"""Boards that send immediately when their battery changes, for tests of alarms and changes."""

import pytest

SEED = 20261126
BOARD = {
    "seed": SEED,
    "devices": [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}],
}
modes = pytest.mark.parametrize(
    ("durability", "source"), [("row", "battery"), ("stage", "battery"), ("row", "mains")]
)


def settings(durability, source, sensors, send_s, **node):
    """Return the configuration sections of a board in one of the modes."""
    node = {"sample_every": "10 s", "send_every": f"{send_s} s", "durability": durability, **node}
    return {"node": node, "power": {"source": source, "empty_mv": 0}, "sensor": sensors}


def sent_after_s(spine, mv, said):
    """Set the battery's voltage; return the delay from the console line to the delivery.

    The delay is in seconds of the board's time.
    """
    mark = spine.mark()
    # Skip the first sample, because its upload may be the first one after the start.
    spine.wait(r"row \d+: \d+ readings", since=mark)
    mark = spine.mark()
    spine.board.battery(mv)
    said_us, _ = spine.wait(said, since=mark)
    sent_us, _ = spine.wait("delivered", since=mark)
    after_s = (sent_us - said_us) / 1e6
    print(f"{mv} mV: sent {after_s:.1f} s later, seed {SEED}")
    return after_s
