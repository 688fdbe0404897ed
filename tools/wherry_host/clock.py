"""The virtual clock that the server, the virtual boards and the demo share through one small file.

True time runs `scale` times as fast as the host's monotonic clock. The file holds little-endian
`<QqII`: host CLOCK_MONOTONIC in ns at the last change of scale, true Unix time in us at that
moment, scale in thousandths, and a counter that is odd while the file is being written.
"""

import mmap
import os
import struct
import time
from pathlib import Path

from wherry_host.private import make_file

#: 2000-01-01 UTC, the epoch of a node, in seconds of Unix time.
UNIX_2000_S = 946_684_800
_LAYOUT = struct.Struct("<QqII")
SIZE = _LAYOUT.size


class HostClock:
    """Host time as true time, for a server without a clock file."""

    scale = 1.0

    def now_us(self):
        """Return Unix time in microseconds."""
        return time.time_ns() // 1000


class VirtualClock:
    """A clock file; any number of processes can read it, and one at a time can change it."""

    def __init__(self, path):
        self.path = Path(path)
        with self.path.open("r+b") as file:
            if os.fstat(file.fileno()).st_size != SIZE:
                raise OSError(
                    f"{path} is not a clock file: give the file that a virtual board made"
                )
            self._map = mmap.mmap(file.fileno(), SIZE)

    @classmethod
    def create(cls, path, scale=1.0, true_us=None):
        """Create the file; true time starts at `true_us` (Unix us), by default at host time."""
        start_us = time.time_ns() // 1000 if true_us is None else true_us
        make_file(path).write_bytes(
            _LAYOUT.pack(time.monotonic_ns(), start_us, round(scale * 1000), 0)
        )
        return cls(path)

    def _read(self):
        while True:
            mono_ns, true_us, scale_milli, count = _LAYOUT.unpack(self._map[:SIZE])
            if not count & 1 and self._map[SIZE - 4 : SIZE] == struct.pack("<I", count):
                return mono_ns, true_us, scale_milli, count

    @property
    def scale(self):
        """The number of true seconds in one host second."""
        return self._read()[2] / 1000

    def now_us(self):
        """Return true Unix time in microseconds."""
        mono_ns, true_us, scale_milli, _ = self._read()
        return true_us + (time.monotonic_ns() - mono_ns) * scale_milli // 1_000_000

    def set_scale(self, scale):
        """Change the speed of true time, which continues without a step."""
        self._change(scale, 0)

    def skip(self, us):
        """Advance true time by `us`."""
        self._change(self.scale, us)

    def _change(self, scale, us):
        mono_ns, true_us, scale_milli, count = self._read()
        now_ns = time.monotonic_ns()
        now_us = true_us + (now_ns - mono_ns) * scale_milli // 1_000_000 + us
        self._map[SIZE - 4 : SIZE] = struct.pack("<I", count + 1)
        self._map[: SIZE - 4] = struct.pack("<QqI", now_ns, now_us, round(scale * 1000))
        self._map[SIZE - 4 : SIZE] = struct.pack("<I", count + 2)

    def sleep(self, seconds):
        """Wait for a number of true seconds."""
        time.sleep(seconds / self.scale)
