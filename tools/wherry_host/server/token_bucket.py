"""A rate limit per second: a bucket of one second's tokens that refills evenly."""


class TokenBucket:
    """Limits to `per_s` tokens per second of the caller's clock; None means no limit."""

    def __init__(self, per_s):
        self._per_s = per_s
        self._tokens = per_s
        self._last_us = None

    def take(self, now_us):
        """Take a token and return True, or return False if none is left."""
        if self._per_s is None:
            return True
        elapsed_us = 0 if self._last_us is None else max(0, now_us - self._last_us)
        self._last_us = now_us
        self._tokens = min(self._per_s, self._tokens + elapsed_us * self._per_s / 1_000_000)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
