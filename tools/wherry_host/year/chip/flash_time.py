"""The time of long walks over segments of the queue; other code and reads take none.

A walk opens its segment again for each window of 512 B. So both engines count these opens, which
are the same in both; the reads of littlefs are not, because only the flash of `vm` has the code.
The figures are estimates for silicon: a read takes 50 to 100 us, an open and a window some 180
reads on a mount in pieces of 32 B, and the 40 rows of a window 1.5 ms each.
"""

_OPEN_US = 180 * 75 + 40 * 1_500
# Shorter walks are in the time that a wake takes to run its code.
_STEP_US = 2_000_000
_FOLDERS = "/data/segments/", "/data/rows/0"


def is_walked(path, mode):
    """Return whether a file that is opened is a segment that is read."""
    return mode == "rb" and path.startswith(_FOLDERS)


class FlashTime:
    """Lets the time of walks pass on a Port; the watchdog may end the program meanwhile."""

    def __init__(self, port, clock):
        self._port, self._clock = port, clock
        # The time and the watchdog's deadline after the last open; the time of the opens since the
        # program last waited or fed the watchdog.
        self._moment, self._owed_us = None, 0

    def opened(self):
        """Count an open of a segment; let the time of the last ones pass if it is long."""
        if self._now() != self._moment:
            self._owed_us = 0
        self._owed_us += _OPEN_US
        if self._owed_us >= _STEP_US:
            owed_us, self._owed_us = self._owed_us, 0
            self._port.wait_until(self._clock.us + owed_us)
        regs = self._port.regs
        if regs.wdt_deadline_us:
            # A feed sets it anew, which shows even if no time has passed.
            regs.wdt_deadline_us -= 1
        self._moment = self._now()

    def _now(self):
        return self._clock.us, self._port.regs.wdt_deadline_us
