"""The flash of a board at any moment of a run, rebuilt from the log of its operations."""

from bisect import bisect_right

from wherry_host.virtual.flash_log import ERASE, PROGRAM, SETTLED, entries
from wherry_host.virtual.image import in_image

# The largest number of past images that are kept, and the smallest number of operations between
# two of them. Images of other moments are built from the kept ones.
_KEPT_MAX, _KEPT_STEP_MIN = 16, 64


class FlashHistory:
    """`image` is the path of the board's image, `events` is the board's log."""

    def __init__(self, image, events):
        log = image.with_name(image.name + ".log").read_bytes()
        self._entries = list(entries(log))
        ends, at = [0], 0
        for entry in self._entries:
            at += entry.log_size()
            ends.append(at)
        # Writes of other programs between runs: (number of entries before the write, the image
        # then).
        self._copies = [
            (ends.index(event["log_at"]), image.with_name(event["image"]))
            for event in events
            if event.get("image")
        ]
        self._times_us = [entry.time_us for entry in self._entries]
        self.count = len(self._entries)
        self._kept_step = max(-(-self.count // _KEPT_MAX), _KEPT_STEP_MIN)
        # {number of operations before it: image}.
        self._kept = {}
        # In a flash with a partition table, a program operation can only clear bits.
        self._clears = len(in_image(image)[0]) > 1

    def count_at(self, time_us):
        """Return the number of operations that had begun at a true Unix us."""
        return bisect_right(self._times_us, time_us)

    def image_after(self, count):
        """Return the bytes of the image after `count` operations."""
        begin, path = max((each for each in self._copies if each[0] <= count), default=(0, None))
        at = max((each for each in self._kept if begin < each <= count), default=None)
        if at is None:
            content, at = bytearray(path.read_bytes() if path else b""), begin
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
