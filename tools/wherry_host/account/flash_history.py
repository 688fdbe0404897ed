"""The flash of a board at any moment of a run, made again from the log of its operations."""

from bisect import bisect_right

from wherry_host.virtual.flash_log import ERASE, PROGRAM, SETTLED, entries
from wherry_host.virtual.image import in_image

# The most images of past moments that are kept, and the fewest operations between two of them:
# the images of other moments are made from them.
_KEPT_MAX, _KEPT_STEP_MIN = 16, 64


class FlashHistory:
    """`image` is the path of the board's image; `events` are those of the board."""

    def __init__(self, image, events):
        log = image.with_name(image.name + ".log").read_bytes()
        self._entries = list(entries(log))
        ends, at = [0], 0
        for entry in self._entries:
            at += entry.log_size()
            ends.append(at)
        # What others have written between runs: (how many entries before it, the image then).
        self._copies = [
            (ends.index(event["log_at"]), image.with_name(event["image"]))
            for event in events
            if event.get("image")
        ]
        self._times_us = [entry.time_us for entry in self._entries]
        self.count = len(self._entries)
        self._kept_step = max(-(-self.count // _KEPT_MAX), _KEPT_STEP_MIN)
        # {how many operations before it: the image}.
        self._kept = {}
        # A flash with a partition table is one whose bits are only cleared by a program.
        self._clears = len(in_image(image)[0]) > 1

    def count_at(self, time_us):
        """Return how many operations had begun at a true Unix us."""
        return bisect_right(self._times_us, time_us)

    def image_after(self, count):
        """Return the bytes of the image after so many operations."""
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
