"""The parts of a node that keep data in flash, opened below a folder as assemble.py does."""

import struct

from wherry import small_file
from wherry.queue.ledger import Ledger
from wherry.queue.queue import Queue
from wherry.sending.upload import Upload
from wherry.stage.state import new_state
from wherry.time import anchors
from wherry.time.clock import Clock

_CURSORS = ("/cursors/harbor", "/cursors/here")


class NotedLedger(Ledger):
    """A ledger that reports each save."""

    def __init__(self, path, saved):
        super().__init__(small_file.read(path), lambda content: small_file.write(path, content))
        self._saved = saved

    def counts(self) -> tuple:
        """Return the cursor and the counters."""
        return (
            self.row, self.channel, self.delivered, self.set_aside, self.dropped, self.thinned,
            self.damaged,
        )  # fmt: skip

    def save(self):
        super().save()
        self._saved(self)


class Parts:
    """queue, uploads, clock: made from the files of a folder; `truth` has the configuration."""

    def __init__(self, path: str, truth, hint, saved=None):
        self.path = path
        for folder in ("/cursors", "/aside"):
            small_file.make_folder(path + folder)
        state = new_state()
        state.boot = truth.boot or 0
        state.synced = truth.dated
        anchors_path = path + "/anchors"
        self.clock = Clock(state, anchors_path, anchors.load(anchors_path), bytearray(2048))
        form = truth.channels, truth.ms, truth.size_max, hint, truth.kind, truth.own_count
        self.queue = Queue(path, *form)
        self.uploads = [self._upload(cursor, saved) for cursor in _CURSORS]

    def _upload(self, cursor, saved):
        ledger = NotedLedger(self.path + cursor, saved)
        return Upload(cursor, None, {}, self.queue, ledger, self.path + "/aside", self.clock.date)

    def ledgers(self) -> list:
        """Return the cursor and the counters of each uplink."""
        return [upload.ledger.counts() for upload in self.uploads]

    def boot(self):
        """Return the number of the last boot, or None."""
        payload = small_file.read(self.path + "/boot")
        return payload and struct.unpack("<I", payload)[0]

    def settings(self):
        """Return the checked configuration, or None."""
        return small_file.read(self.path + "/settings")
