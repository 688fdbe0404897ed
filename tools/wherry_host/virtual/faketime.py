"""The board's clock for Mbed TLS: libfaketime reads an offset from a file at every call.

Ticks use the monotonic clock, which is not faked.
"""

import os
import time
from pathlib import Path

from wherry_host.private import make_file

_REAL_MINUS_MONOTONIC = "WHERRY_REAL_MINUS_MONOTONIC_S"
_LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"
_STEP_S = 0.5


def environment(folder):
    """Return the environment variables that fake real time in a supervisor and its programs."""
    import libfaketime

    make_file(folder / "faketime").write_text("+0\n")
    return {
        "LD_PRELOAD": str(Path(libfaketime.__file__).parent / _LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "faketime"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        _REAL_MINUS_MONOTONIC: repr(time.time() - time.monotonic()),
    }


class FakeTime:
    """Writes the file, from inside the process whose time is faked."""

    def __init__(self, folder):
        self._folder = folder
        self._written_s = None

    def show(self, unix_us):
        """Set the real time that the process sees."""
        real_s = time.monotonic() + float(os.environ[_REAL_MINUS_MONOTONIC])
        offset_s = unix_us / 1e6 - real_s
        if self._written_s is None or abs(offset_s - self._written_s) > _STEP_S:
            fresh = make_file(self._folder / "faketime.new")
            fresh.write_text(f"{offset_s:+.3f}\n")
            fresh.replace(self._folder / "faketime")
            self._written_s = offset_s
