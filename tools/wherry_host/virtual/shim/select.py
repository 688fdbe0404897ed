"""`select.poll` with timeouts in true time; it notices Ctrl-C while it waits."""

import uselect
from _board import clock, interruptible, now_us
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT  # noqa: F401


class poll:
    def __init__(self):
        self._poll = uselect.poll()
        self.register = self._poll.register
        self.unregister = self._poll.unregister
        self.modify = self._poll.modify

    def poll(self, timeout=-1):
        end_us = now_us() + timeout * 1000
        while True:
            interruptible()
            left_ms = (end_us - now_us()) // clock.scale if timeout >= 0 else 20
            ready = self._poll.poll(max(0, min(left_ms, 20)))
            if ready or (timeout >= 0 and now_us() >= end_us):
                return ready

    def ipoll(self, timeout=-1, flags=0):
        return iter(self.poll(timeout))
