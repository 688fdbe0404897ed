"""A virtual board sends at once when a channel crosses a limit; the account must balance."""

import pytest
from spine import Spine

SEED = 20261126
SCALE = 10
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]
SAMPLE_S, SEND_S = 10, 300


def changes(durability, source):
    battery = {"driver": "battery", "alarm_below": 3.6, "alarm_hysteresis": 0.1}
    return {
        "node": {
            "sample_every": f"{SAMPLE_S} s", "send_every": f"{SEND_S} s", "durability": durability,
        },
        "power": {"source": source, "empty_mv": 0},
        "sensor": [{"driver": "bme280"}, battery],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("durability", "source"), [("row", "battery"), ("stage", "battery"), ("row", "mains")]
)
def test_an_alarm_is_sent_at_once_and_so_is_its_end(tmp_path, durability, source):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, SCALE, changes(durability, source), board=board) as spine:
        spine.start()
        spine.wait("delivered")
        for mv, words in (
            (3500, "below its alarm limit"),
            (3800, "within its alarm limits again"),
        ):
            mark = spine.mark()
            # Not the first sample: an alarm may not be due to the upload after the start.
            spine.wait(r"row \d+: \d+ readings", since=mark)
            mark = spine.mark()
            spine.board.battery(mv)
            alarm_us, _ = spine.wait(f"battery_voltage {words}", since=mark)
            sent_us, _ = spine.wait("delivered", since=mark)
            print(f"{words}: sent {(sent_us - alarm_us) / 1e6:.1f} s later, seed {SEED}")
            assert (sent_us - alarm_us) / 1e6 < SEND_S / 4
            # The same alarm is not sent again.
            mark = spine.mark()
            for _ in range(2):
                spine.wait(r"row \d+: \d+ readings", since=spine.mark())
            texts = [text for _, text in spine.board.lines[mark:]]
            assert not any("alarm" in text or "delivered" in text for text in texts), texts
        account = spine.judged()
    stored = [value for (channel, _), (value, _) in spine.stored().items() if "battery" in channel]
    print(account.counts)
    assert any(value < 3.6 for value in stored)
