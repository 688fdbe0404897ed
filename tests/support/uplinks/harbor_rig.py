"""A queue and its harbor uplink, set up by a configuration, for the tests of the dialect."""

import json

from support.uplinks.harbor_server import HarborServer
from support.uplinks.rig import BEGIN_S, Rig
from wherry.config.check import check
from wherry.rows.frame import MS
from wherry.sending.selected_upload import SelectedUpload
from wherry.uplinks.harbor import dialect as harbor

ENV = (("temperature", "°C", 2), ("humidity", "%", 1))
_PLAIN = '{"wifi": [{"ssid": "garden"}], "sensor": [{"driver": "bme280"}]}'


def settings_of(**keys):
    """Return the settings of a node's only uplink, configured with `keys`; `gzip` is off."""
    raw = json.loads(_PLAIN)
    raw["uplink"] = [dict({"kind": "harbor", "api_key": "key-1", "gzip": "off"}, **keys)]
    settings = check(raw)["uplink"][0]
    settings["name"] = "shed"
    settings["api_key"] = "key-1"
    return settings


class HarborRig(Rig):
    """A queue of complete rows and an uplink configured with `keys`; `bodies` has what it sent."""

    def __init__(self, row_count, channels=ENV, selection=None, ms=False, name="shed", **keys):
        keys.setdefault("harbor_id", "1042")
        settings = settings_of(**keys)
        settings["name"] = name
        selected = {"make": SelectedUpload, "more": (selection,)} if selection else {}
        super().__init__("harbor", harbor, settings, channels, ms, **selected)
        self.server = HarborServer()
        self.bodies = []
        self.flags = MS if ms else 0
        self.added = 0
        self.add(row_count)

    def add(self, row_count):
        count = len(self.channels)
        for _ in range(row_count):
            i = self.added
            values = [100 * i + channel for channel in range(count)]
            self.queue.append(self.flags, 0, BEGIN_S + 60 * i, 0, (1 << count) - 1, values)
            self.added += 1

    def exchange(self, request):
        request.body = [bytes(piece) for piece in request.body]
        self.bodies.append(b"".join(request.body))
        return super().exchange(request)
