"""A queue and uplinks with some of its channels."""

import random

from support.queue.folders import fresh
from support.uplinks.harbor_server import HarborServer
from wherry import small_file
from wherry.queue.queue import Queue
from wherry.ring.ring import Ring
from wherry.sending import drops
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.step import step
from wherry.uplinks.harbor import dialect as harbor

CHANNELS = (
    ("temperature", "°C", 2), ("latitude", "", 5), ("longitude", "", 5), ("humidity", "%", 1),
    ("node_rssi", "", 0),
)  # fmt: skip
SETTINGS = {"endpoint": "https://h.test/api/v2/ingest/7", "api_key": "key-1", "name": "node-1"}


class Rig:
    """A queue of random rows, and an uplink with a selection."""

    def __init__(self, selection, size_max=400_000, channels=CHANNELS, device=None):
        self.root = fresh()
        for folder in ("/cursors", "/aside"):
            small_file.make_folder(self.root + folder)
        if device:
            self.queue = Ring(device, self.root, channels, False)
        else:
            self.queue = Queue(self.root, channels, False, size_max)
        self.server = HarborServer()
        self.selection = selection
        self.rows = []
        ledger = self.queue.ledger("u")
        if ledger.is_new:
            ledger.save()
        self.upload = SelectedUpload(
            "u", harbor, SETTINGS, self.queue, ledger, self.root + "/aside", None, selection
        )
        self.queue.uploads = self.uploads = (self.upload,)
        self.uncounted_end = 0
        self.is_sending = False

    def add(self, count):
        for _ in range(count):
            i = len(self.rows)
            mask = random.randrange(1, 1 << len(CHANNELS))
            if mask >> 1 & 1 or mask >> 2 & 1:
                mask |= 6
            values = [i] * len([1 for bit in range(len(CHANNELS)) if mask >> bit & 1])
            self.rows.append(mask)
            self.queue.append(0, 0, 848_000_000 + 60 * i, 0, mask, values)
            if self.uncounted_end:
                drops.count(self)

    def run(self, steps=400):
        for _ in range(steps):
            if step(self.upload, self.server.exchange, -1).kind is None:
                break

    def readings(self, mask):
        """Return how many readings all rows have in the channels of a mask."""
        return sum([bin(row & mask).count("1") for row in self.rows])
