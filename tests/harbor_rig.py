"""A queue and its harbor uplink, set up by a configuration, for the tests of the dialect."""

import json

from folders import fresh
from harbor_server import HarborServer
from wherry import small_file
from wherry.config.check import check
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import MS
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.step import step
from wherry.sending.upload import Upload
from wherry.uplinks.harbor import dialect as harbor

ENV = (("temperature", "°C", 2), ("humidity", "%", 1))
BEGIN_S = 848_000_000
_PLAIN = '{"wifi": [{"ssid": "garden"}], "sensor": [{"driver": "bme280"}]}'


def settings_of(**keys):
    """Return the settings of a node's only uplink, configured with `keys`."""
    raw = json.loads(_PLAIN)
    raw["uplink"] = [dict({"kind": "harbor", "api_key": "key-1"}, **keys)]
    settings = check(raw)["uplink"][0]
    settings["name"] = "shed"
    settings["api_key"] = "key-1"
    return settings


class Rig:
    """A queue of complete rows and an uplink configured with `keys`; `bodies` has what it sent."""

    def __init__(self, row_count, channels=ENV, selection=None, ms=False, name="shed", **keys):
        self.root = fresh()
        for folder in ("/cursors", "/aside"):
            small_file.make_folder(self.root + folder)
        self.queue = Queue(self.root, channels, ms, 400_000)
        self.server = HarborServer()
        self.bodies = []
        keys.setdefault("harbor_id", "1042")
        settings = settings_of(**keys)
        settings["name"] = name
        self.ledger = in_file(self.root + "/cursors/harbor")
        parts = "harbor", harbor, settings, self.queue, self.ledger, self.root + "/aside", None
        self.upload = SelectedUpload(*parts, selection) if selection else Upload(*parts)
        self.count = len(channels)
        self.flags = MS if ms else 0
        self.added = 0
        self.add(row_count)

    def add(self, row_count):
        for _ in range(row_count):
            i = self.added
            values = [100 * i + channel for channel in range(self.count)]
            mask = (1 << self.count) - 1
            self.queue.append(self.flags, 0, BEGIN_S + 60 * i, 0, mask, values)
            self.added += 1

    def exchange(self, request):
        request.body = [bytes(piece) for piece in request.body]
        self.bodies.append(b"".join(request.body))
        return self.server.exchange(request)

    def run(self, steps=400):
        """Step until nothing can be sent; return the verdicts."""
        kinds = []
        while len(kinds) < steps:
            kind = step(self.upload, self.exchange, -1).kind
            if kind is None:
                break
            kinds.append(kind)
        assert self.upload.waiting() == self.queue.readings - self.ledger.settled()
        return kinds
