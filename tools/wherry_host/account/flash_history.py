"""The flash of a board at any moment of a run, rebuilt from the log of its operations."""

from bisect import bisect_right

from wherry_host.virtual.flash_log import ERASE, PROGRAM, SETTLED, entries
from wherry_host.virtual.image import in_image

# The largest number of past images that are kept, and the smallest number of operations between
# two of them. Images of other moments are built from the kept ones.
_KEPT_MAX, _KEPT_STEP_MIN = 16, 64


class FlashHistory:
    """`entries` are the operations as flash_log.Entry, in order.

    `copies` are [(number of operations before it, image)], the first of them before all
    operations; an image is its bytes, or the path of its file. If `clears`, a program operation
    can only clear bits, as in a chip.
    """

    def __init__(self, entries, copies, clears=False):
        self._entries, self._copies, self._clears = list(entries), copies, clears
        self._times_us = [entry.time_us for entry in self._entries]
        self.count = len(self._entries)
        self._kept_step = max(-(-self.count // _KEPT_MAX), _KEPT_STEP_MIN)
        # {number of operations before it: image}.
        self._kept = {}

    def count_at(self, time_us):
        """Return the number of operations that had begun at a true Unix us."""
        return bisect_right(self._times_us, time_us)

    def image_after(self, count):
        """Return the bytes of the image after `count` operations."""
        copies = [each for each in self._copies if each[0] <= count]
        begin, image = copies[-1] if copies else (0, b"")
        at = max((each for each in self._kept if begin < each <= count), default=None)
        if at is None:
            content = bytearray(image if isinstance(image, bytes) else image.read_bytes())
            at = begin
        else:
            content = bytearray(self._kept[at])
        for entry in self._entries[at:count]:
            self._apply(content, entry)
            at += 1
            if not at % self._kept_step:
                self._kept[at] = bytes(content)
        return bytes(content)

    def _apply(self, content, entry):
        at, end = entry.at, entry.at + entry.size
        if entry.kind == ERASE and entry.is_done:
            content[at:end] = b"\xff" * entry.size
        elif entry.kind == SETTLED or (entry.is_done and not self._clears):
            content[at:end] = entry.content
        elif entry.kind == PROGRAM and entry.is_done:
            kept = int.from_bytes(content[at:end], "little")
            kept &= int.from_bytes(entry.content, "little")
            content[at:end] = kept.to_bytes(entry.size, "little")


def history_of(image, events):
    """Return the FlashHistory of a virtual board, from the path of its image and its log."""
    log = image.with_name(image.name + ".log").read_bytes()
    found = list(entries(log))
    ends, at = [0], 0
    for entry in found:
        at += entry.log_size()
        ends.append(at)
    # Writes of other programs between runs.
    copies = [
        (ends.index(event["log_at"]), image.with_name(event["image"]))
        for event in events
        if event.get("image")
    ]
    # A flash with a partition table works as a chip.
    return FlashHistory(found, copies, clears=len(in_image(image)[0]) > 1)
