"""A virtual board keeps and sends changed values immediately; the account must balance."""

import pytest
from support.boards.spine import Spine

SEED = 20261126
BOARD = {
    "seed": SEED,
    "devices": [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}],
}


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


SCALE = 10
CHANGE_S = 240
REPORTED = [
    {"driver": "bme280", "report_change": {"temperature": 100, "pressure": 0.5}},
    {"driver": "battery", "report_change": 0.1, "report_at_once": True},
]


@pytest.mark.parametrize(("durability", "source"), [("stage", "battery"), ("row", "mains")])
def test_a_change_is_kept_and_sent_immediately(tmp_path, durability, source):
    changes = settings(durability, source, REPORTED, CHANGE_S, report_every="2 min")
    with Spine(tmp_path, SCALE, changes, board=BOARD) as spine:
        spine.start()
        spine.wait("delivered")
        for mv in (3500, 3800):
            said = "battery_voltage changed: sending at once"
            assert sent_after_s(spine, mv, said) < CHANGE_S / 4
        # Longer than report_every, and until the next upload.
        for _ in range(26):
            spine.wait(r"row \d+: \d+ readings", since=spine.mark())
        spine.wait("delivered", since=spine.mark())
        account = spine.judged()
    stored = [channel for channel, _ in spine.stored()]
    humidity, temperature, voltage = (
        stored.count(name) for name in ("humidity", "temperature", "battery_voltage")
    )
    print(account.counts, account.unchanged, humidity, temperature, voltage)
    # Humidity is always kept; temperature only at the start and once every report_every.
    assert 2 <= temperature < voltage < humidity / 3
    assert account.unchanged > humidity
