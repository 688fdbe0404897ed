"""A node scans before an upload to HERE: the results of its radios arrive as a scan."""

import json
import sqlite3
from contextlib import closing

from support.boards.scanned import POINTS, modem
from wherry_host.demo.rig import Rig
from wherry_host.virtual.options import ACCESS_POINT

_SCANS = {"wlan_scan": True, "bluetooth_scan": True, "gsm_scan": True}
_BEACON = "00:1a:7d:da:71:20"


def _items(db):
    with closing(sqlite3.connect(db)) as database:
        rows = database.execute("SELECT content FROM items WHERE api = 'here'").fetchall()
    return [json.loads(content) for (content,) in rows]


def test_a_scan_is_sent_with_the_newest_item():
    around = [
        ACCESS_POINT | {"bssid": POINTS[0][1], "channel": 6, "rssi": -61},
        {
            "ssid": "quay",
            "bssid": POINTS[1][1],
            "password": "another one",
            "channel": 11,
            "rssi": -70,
        },
    ]
    board = {
        "access_points": around,
        "beacons": [{"address": _BEACON, "rssi": -60}],
        "devices": [{"kind": "bme280", "address": 0x76}, *modem(sim="sim800")],
    }
    config = {
        "node": {"sample_every": "2 s", "send_every": "20 s"},
        "sensor": [{"driver": "bme280"}],
    }
    with Rig(scale=6, config=config, board=board, uplinks=(("here", _SCANS),)) as rig:
        rig.deploy_image()
        rig.board.start()
        # At the second upload the station is on: Wi-Fi is turned off for the beacon scan.
        since = 0
        for _ in range(2):
            rig.board.wait_line(" here: delivered", since=since)
            since = len(rig.board.lines)
        items = _items(rig.service.db)
        lines = [text for _, text in rig.board.lines]
    assert not any("scan of" in line or "MemoryError" in line for line in lines), lines
    scans = [item["scan"] for item in items if "scan" in item]
    assert len(scans) >= 2
    for scan in scans:
        assert {each["mac"] for each in scan["wlan"]} == {point[1] for point in POINTS[:2]}
        assert [each["mac"] for each in scan["bt"]] == [_BEACON]
        assert scan["gsm"][0]["mcc"] >= 200 and isinstance(scan["gsm"][0]["cid"], int)
