"""The readings that left a full flash: it is read before and after a segment is removed."""

from wherry_host.account.excuses import FULLNESS_MIN, is_within
from wherry_host.account.flash import read_flash
from wherry_host.account.spec import queue as spec_queue

_FOLDER = "/data/segments"


class FullFlash:
    """Watches a Filesystem; `left` is a Left, `size_max` is the queue's or None."""

    def __init__(self, flash, left, size_max):
        self._flash, self._left, self._size_max = flash, left, size_max
        # The Flash before the change that is under way, if it was full.
        self._before = None

    def begin(self, path):
        """Look at the flash before the file at a path is removed or renamed."""
        self._before = None
        if path.startswith(_FOLDER):
            content = self._content()
            if self._may_be_full(len(content)) and self._is_full(read_flash(content)):
                # A complete thinned segment counts in place of its sources before these are
                # removed.
                self._before = read_flash(content, without=(spec_queue.NEW_SEGMENT,))

    def end(self):
        """Look at the flash after the change."""
        if self._before:
            self._note(self._before, read_flash(self._content()))
            self._before = None

    def _content(self):
        return bytes(self._flash.memory.content)

    def _may_be_full(self, size):
        """Return False if the flash is nearly empty, which is known without decoding it."""
        limit = min(FULLNESS_MIN * size, (self._size_max or size) // 2)
        return self._flash.used_size() >= limit

    def _is_full(self, flash):
        """Return True if waiting rows may leave (docs/spec.md, "A full queue")."""
        size_max = self._size_max
        is_full = size_max is not None and spec_queue.is_full(flash.queue_size, size_max)
        return is_full or flash.fullness >= FULLNESS_MIN

    def _note(self, before, after):
        for each in before.readings:
            if each.row_key not in after.row_keys:
                is_thinned = is_within(each.row, after.thinned_rows)
                self._left.note(each, "thinned" if is_thinned else "dropped")
