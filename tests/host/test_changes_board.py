"""A virtual board keeps values that have changed and sends them at once; the account balances."""

import pytest
from spine import Spine

SEED = 20261127
SCALE = 10
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "battery", "pin": 34}]
SEND_S = 240


def changes(durability, source):
    battery = {"driver": "battery", "report_change": 0.1, "report_at_once": True}
    bme280 = {"driver": "bme280", "report_change": {"temperature": 100, "pressure": 0.5}}
    return {
        "node": {
            "sample_every": "10 s", "send_every": f"{SEND_S} s", "durability": durability,
            "report_every": "2 min",
        },
        "power": {"source": source, "empty_mv": 0},
        "sensor": [bme280, battery],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("durability", "source"), [("row", "battery"), ("stage", "battery"), ("row", "mains")]
)
def test_a_change_is_kept_and_sent_at_once(tmp_path, durability, source):
    board = {"devices": DEVICES, "seed": SEED}
    with Spine(tmp_path, SCALE, changes(durability, source), board=board) as spine:
        spine.start()
        spine.wait("delivered")
        for mv in (3500, 3800):
            mark = spine.mark()
            spine.wait(r"row \d+: \d+ readings", since=mark)
            mark = spine.mark()
            spine.board.battery(mv)
            changed_us, _ = spine.wait("battery_voltage changed: sending at once", since=mark)
            sent_us, _ = spine.wait("delivered", since=mark)
            print(f"{mv} mV: sent {(sent_us - changed_us) / 1e6:.1f} s later, seed {SEED}")
            assert (sent_us - changed_us) / 1e6 < SEND_S / 4
        # A whole send_every, with report_every in it.
        for _ in range(26):
            spine.wait(r"row \d+: \d+ readings", since=spine.mark())
        account = spine.judged()
    stored = [channel for channel, _ in spine.stored()]
    humidity, temperature, voltage = (
        stored.count(name) for name in ("humidity", "temperature", "battery_voltage")
    )
    print(account.counts, account.unchanged, humidity, temperature, voltage)
    # The humidity is always kept, the temperature at the start and once a report_every.
    assert 2 <= temperature < voltage < humidity / 3
    assert account.unchanged > humidity
