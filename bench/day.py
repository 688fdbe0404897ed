"""The cost of a node's uploads in a day, on a virtual board whose sleeps end immediately.

On a normal day, the server counts the connections, each with one TLS handshake; the console shows
the uploads, and the account must balance. On a day without an access point, the board's events
show how long the node was awake in the wakes whose join failed.
"""

import re

from wherry_host.config import boards
from wherry_host.demo.rig import Rig
from wherry_host.energy.profile import MC_OF_MAH, profile_of

_HOURS, _QUICK_HOURS = 24, 2
_HOUR_US = 3_600_000_000
_DELIVERED = "harbor: delivered"
_FAILED = re.compile("Wi-Fi: .*next try in")
_WAIT_S = 60
_CHANGES = {
    "node": {"sample_every": "10 min", "send_every": "1 h", "durability": "stage"},
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}],
}
_BOARD = {"devices": [{"kind": "bme280", "address": 0x76}], "skips_sleep": True}
# On a fast clock, the computer's own time would count as the radio's.
_OUTAGE_SCALE = 2


def handshakes_per_upload(quick):
    """Return the number of TLS connections per upload that the server saw in a day."""
    wanted = 1 + (_QUICK_HOURS if quick else _HOURS)
    with Rig(scale=10, config=_CHANGES, board=_BOARD) as rig:
        rig.deploy_image()
        rig.board.start()
        found = 0
        while found < wanted:
            _next_upload(rig)
            # The next upload is an hour away.
            count = rig.service.proxy.connection_count
            found = sum(_DELIVERED in text for _, text in rig.board.lines)
        is_right = rig.account().balances
    return count / found if is_right else None


def outage_mah(quick):
    """Return the mAh of the joins that fail while the access point is gone for 24 h.

    Return None if a reading was lost. A wake counts from its start to its sleep, with the current
    for joining.
    """
    hours = _QUICK_HOURS if quick else _HOURS
    with Rig(scale=_OUTAGE_SCALE, config=_CHANGES, board=_BOARD) as rig:
        rig.deploy_image()
        rig.board.start()
        _next_upload(rig)
        rig.board.wifi(up=False)
        begin_us = rig.clock.now_us()
        while rig.clock.now_us() < begin_us + hours * _HOUR_US:
            rig.board.wait_line("row [0-9]+: ", _WAIT_S, len(rig.board.lines))
        rig.board.wifi(up=True)
        _next_upload(rig)
        events = list(rig.board.events)
        is_right = rig.account().balances
    join_ma = profile_of(boards.load("firebeetle_esp32")).usual()["join_ma"]
    awake_s = sum(_failing_us(events)) / 1e6
    return awake_s * join_ma / MC_OF_MAH if is_right else None


def _next_upload(rig):
    rig.board.wait_line(_DELIVERED, _WAIT_S, len(rig.board.lines))


def _failing_us(events):
    """Yield the duration of each wake whose join failed."""
    begin_us, has_failed = None, False
    for event in events:
        if event["event"] == "boot":
            begin_us, has_failed = event["time_us"], False
        elif event["event"] == "line" and _FAILED.search(event["text"]):
            has_failed = True
        elif event["event"] == "sleep" and has_failed:
            yield event["time_us"] - begin_us
