"""A virtual board sends immediately when a channel crosses a limit; the account must balance."""

from support.boards.battery_at_once import BOARD, modes, sent_after_s, settings
from support.boards.spine import Spine

SCALE = 10
SEND_S = 300
SENSORS = [
    {"driver": "bme280"}, {"driver": "battery", "alarm_below": 3.6, "alarm_hysteresis": 0.1},
]  # fmt: skip


@modes
def test_an_alarm_and_its_end_are_sent_immediately(tmp_path, durability, source):
    changes = settings(durability, source, SENSORS, SEND_S)
    with Spine(tmp_path, SCALE, changes, board=BOARD) as spine:
        spine.start()
        spine.wait("delivered")
        for mv, words in (
            (3500, "below its alarm limit"),
            (3800, "within its alarm limits again"),
        ):
            assert sent_after_s(spine, mv, f"battery_voltage {words}") < SEND_S / 4
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
