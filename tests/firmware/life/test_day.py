"""A day of a node on battery: changes of its network cost no upload, and the account balances."""

import re
from itertools import pairwise

from support.boards.spine import PASSWORD, Spine
from wherry_host.virtual.options import ACCESS_POINT

SEED = 20261126
HOUR_US = 3_600_000_000
CHANGES = {
    "node": {"sample_every": "20 min", "send_every": "1 h"},
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}],
}
POINT = {**ACCESS_POINT, "password": PASSWORD}
OTHER = {**POINT, "bssid": "02:00:00:00:00:07", "channel": 11}
# An upload has 20 s for the network; the rest of a wake takes about a second, or some seconds on
# a busy computer.
AWAKE_US_MAX = 25_000_000
# A shorter stall leaves an upload most of its time.
LOST_US_MAX = 5_000_000


def uploads_us(spine):
    return [time_us for time_us, text in spine.board.lines if "delivered" in text]


def until(spine, count):
    """Wait until a number of uploads have ended."""
    while len(uploads_us(spine)) < count:
        spine.wait("delivered", 60, spine.mark())


def awake_us(spine):
    """Return how long each wake before a deep sleep took, without this computer's stalls."""
    found, begin_us = [], None
    for event in spine.board.events:
        if event["event"] == "boot":
            begin_us = event["time_us"]
        elif event["event"] == "sleep":
            end_us = event["time_us"]
            found.append(end_us - begin_us - spine.lost_us(begin_us, end_us))
    return found


def test_a_day_with_another_access_point_another_lease_and_no_time_server(tmp_path):
    board = {"devices": [{"kind": "bme280", "address": 0x76}], "seed": SEED, "skips_sleep": True}
    with Spine(tmp_path, 10, CHANGES, board=board) as spine:
        spine.start()
        until(spine, 5)
        spine.board.access_points([OTHER])
        until(spine, 10)
        spine.board.access_points([{**OTHER, "range": "10.0.7"}])
        until(spine, 15)
        spine.board.map_port(123, 0)
        until(spine, 25)
        found_us = uploads_us(spine)
        texts = [text for _, text in spine.board.lines]
        longest_us = max(awake_us(spine))
        account = spine.judged()
        lost_us = [spine.lost_us(*pair) for pair in pairwise(found_us)]
    hours = [(after - before) / HOUR_US for before, after in pairwise(found_us)]
    print(f"{len(found_us)} uploads, {longest_us / 1e6:.1f} s, {account.counts}, seed {SEED}")
    # One upload an hour: none of them failed, unless this computer did not run the board then. An
    # upload that fails and succeeds later makes the next hour shorter.
    is_late = [max(pair) > LOST_US_MAX for pair in pairwise(lost_us)]
    assert all(late or 0.95 < hour < 1.05 for hour, late in zip(hours[1:], is_late)), (
        hours,
        lost_us,
    )
    assert any(is_late) or not [text for text in texts if "next try" in text]
    assert [text for text in texts if re.search("no time from", text)]
    assert longest_us < AWAKE_US_MAX
    assert account.counts.delivered
