"""A virtual board keeps changed values and sends them immediately; the account balances."""

from support.boards.battery_at_once import BOARD, modes, sent_after_s, settings
from support.boards.spine import Spine

SCALE = 10
SEND_S = 240
SENSORS = [
    {"driver": "bme280", "report_change": {"temperature": 100, "pressure": 0.5}},
    {"driver": "battery", "report_change": 0.1, "report_at_once": True},
]


@modes
def test_a_change_is_kept_and_sent_immediately(tmp_path, durability, source):
    changes = settings(durability, source, SENSORS, SEND_S, report_every="2 min")
    with Spine(tmp_path, SCALE, changes, board=BOARD) as spine:
        spine.start()
        spine.wait("delivered")
        for mv in (3500, 3800):
            said = "battery_voltage changed: sending at once"
            assert sent_after_s(spine, mv, said) < SEND_S / 4
        # Longer than send_every and report_every.
        for _ in range(26):
            spine.wait(r"row \d+: \d+ readings", since=spine.mark())
        account = spine.judged()
    stored = [channel for channel, _ in spine.stored()]
    humidity, temperature, voltage = (
        stored.count(name) for name in ("humidity", "temperature", "battery_voltage")
    )
    print(account.counts, account.unchanged, humidity, temperature, voltage)
    # Humidity is always kept; temperature only at the start and once every report_every.
    assert 2 <= temperature < voltage < humidity / 3
    assert account.unchanged > humidity
