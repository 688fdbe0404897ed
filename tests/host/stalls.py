"""How long this computer stood still: what no stamp of a node on it can be better than."""

import threading

_STEP_S = 0.005
# Less is the computer's own way of sharing itself.
_STALL_S_MIN = 0.03


class StallMeter:
    """Inside `with` it notes when a thread that only wants to go on could not."""

    def __init__(self, clock):
        self._clock = clock
        self._stalls = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _run(self):
        least_us = _STALL_S_MIN * self._clock.scale * 1_000_000
        last_us = self._clock.now_us()
        while not self._over.wait(_STEP_S):
            now_us = self._clock.now_us()
            if now_us - last_us > least_us:
                self._stalls.append((last_us, now_us))
            last_us = now_us

    def around(self, true_us, span_us):
        """Return the us of true time lost within a span before and after a true Unix us."""
        begin_us, end_us = true_us - span_us, true_us + span_us
        return sum(end - at for at, end in self._stalls if at < end_us and end > begin_us)
