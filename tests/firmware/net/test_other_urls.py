"""SensoCan's and HERE's base URLs as printed on their pages, used unchanged by one node.

The board's name server resolves every name to this machine, the certificate has only these names,
and port 443 is the server's. Each HERE uplink is a separate device, whose login is signed over the
URL that it calls: the server accepts it only with the same name in the Host header.
"""

import sqlite3
from contextlib import closing

from support.boards.spine import Spine
from wherry_host.server.dialects import sensocan
from wherry_host.server.dialects.here import Account
from wherry_host.server.dialects.here.tokens import HereDevice
from wherry_host.server.dialects.sensocan import DEVICE as SENSOCAN_DEVICE

SCALE = 3
SENSOCAN = "https://api.sensocan.com/api/v1"
HERE = {
    "https://tracking.api.here.com": "47164fb0-b7b3-49e8-891b-650270b82cf2",
    "https://tracking.hereapi.com": "9d9c31be-dd5d-40b1-95af-7d5375c39561",
    "https://cit.tracking.api.here.com": "f0f1f2f3-f4f5-46f7-88f9-fafbfcfdfeff",
}
NAMES = [url.split("/")[2] for url in (SENSOCAN, *HERE)]


class Licences(Account):
    """HERE devices, one for each name, whose tracking id is the URL."""

    def devices(self):
        return {device: HereDevice(self.device_secret, url) for url, device in HERE.items()}


def uplinks(accounts, ca):
    """Return the sections of all uplinks."""
    here = {"kind": "here", "device_secret": accounts["here"].device_secret}
    token = accounts["sensocan"].token
    sensocan = {"kind": "sensocan", "endpoint": SENSOCAN, "token": token}
    found = [sensocan | {"device_uuid": SENSOCAN_DEVICE}]
    found += [here | {"endpoint": url, "device_id": device} for url, device in HERE.items()]
    return [section | {"ca": str(ca)} for section in found]


def stored(service):
    """Return {(API, device)} of the points that the server has."""
    with closing(sqlite3.connect(service.db)) as db:
        return set(db.execute("SELECT DISTINCT api, device FROM points").fetchall())


def test_every_printed_url_is_used(tmp_path):
    accounts = {"here": Licences(), "sensocan": sensocan.Account()}
    changes = {
        "node": {"sample_every": "2 s", "send_every": "2 s"},
        "sensor": [{"driver": "battery"}],
        "uplink": uplinks(accounts, tmp_path / "ca.pem"),
    }
    # The delay of an item on a busy machine is not tested here.
    switches = {"here": {"strict": True, "timestamp_window": "off"}}
    server = {"accounts": accounts, "names": NAMES, "switches": switches}
    with Spine(tmp_path, SCALE, changes, server=server) as spine:
        labels = [uplink["label"] for uplink in spine.config.typed["uplink"]]
        assert labels == ["sensocan", "here", "here-2", "here-3"]
        spine.start()
        spine.board.map_port(443, int(spine.service.url.rpartition(":")[2]))
        for label in labels:
            spine.wait(rf" {label}: delivered \d+")
        assert stored(spine.service) == {("sensocan", SENSOCAN_DEVICE)} | {
            ("here", url) for url in HERE
        }
        asked = spine.requests()
    assert {entry["path"] for entry in asked} == {
        f"/api/v1/devices/{SENSOCAN_DEVICE}/readings", "/v2/token", "/v2/",
    }  # fmt: skip
