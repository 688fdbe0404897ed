"""A queue and uplinks with some of its channels."""

import random

from support.uplinks.harbor_server import HarborServer
from support.uplinks.rig import BEGIN_S, SIZE_MAX, Rig
from wherry.queue.queue import Queue
from wherry.ring.ring import Ring
from wherry.sending import drops
from wherry.sending.selected_upload import SelectedUpload
from wherry.uplinks.harbor import dialect as harbor

CHANNELS = (
    ("temperature", "°C", 2), ("latitude", "", 5), ("longitude", "", 5), ("humidity", "%", 1),
    ("node_rssi", "", 0),
)  # fmt: skip
SETTINGS = {"endpoint": "https://h.test/api/v2/ingest/7", "api_key": "key-1", "name": "node-1"}


class SelectionRig(Rig):
    """A queue of random rows, and an uplink with a selection."""

    def __init__(self, selection, size_max=SIZE_MAX, channels=CHANNELS, device=None):
        self._size_max, self._device = size_max, device
        super().__init__("u", harbor, SETTINGS, channels, make=SelectedUpload, more=(selection,))
        self.server = HarborServer()
        self.selection = selection
        self.rows = []
        if self.ledger.is_new:
            self.ledger.save()
        self.queue.uploads = self.uploads = (self.upload,)
        self.uncounted_end = 0
        self.is_sending = False

    def opened(self):
        if self._device:
            return Ring(self._device, self.root, self.channels, False)
        return Queue(self.root, self.channels, False, self._size_max)

    def add(self, count):
        for _ in range(count):
            i = len(self.rows)
            mask = random.randrange(1, 1 << len(CHANNELS))
            if mask >> 1 & 1 or mask >> 2 & 1:
                mask |= 6
            values = [i] * len([1 for bit in range(len(CHANNELS)) if mask >> bit & 1])
            self.rows.append(mask)
            self.queue.append(0, 0, BEGIN_S + 60 * i, 0, mask, values)
            if self.uncounted_end:
                drops.count(self)

    def readings(self, mask):
        """Return how many readings all rows have in the channels of a mask."""
        return sum([bin(row & mask).count("1") for row in self.rows])
