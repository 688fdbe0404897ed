"""A rate limit that counts requests in a fixed window, as a header with a countdown implies."""


class WindowLimit:
    """At most `count` requests of a key in each window, which opens with the first request."""

    def __init__(self, count, window_s):
        self._count = count
        self._window_us = window_s * 1_000_000
        self._windows = {}

    def take(self, key, now_us):
        """Return the number of requests left after this one, or None if the limit is reached."""
        begin_us, taken = self._windows.get(key, (now_us, 0))
        # A clock that was set back also opens a new window.
        if not begin_us <= now_us < begin_us + self._window_us:
            begin_us, taken = now_us, 0
        if taken >= self._count:
            return None
        self._windows[key] = begin_us, taken + 1
        return self._count - taken - 1
