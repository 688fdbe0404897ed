"""How long this computer stood still: what no stamp of a node on it can be better than."""

import threading
from bisect import bisect_right

_STEP_S = 0.005
# Less is the computer's own way of sharing itself.
_STALL_S_MIN = 0.03
# The older half is forgotten then: a demo may run for days.
_STALLS_MAX = 100_000
# A stall while the node asks for the time stays in its stamps until it asks again.
_SYNC_SPAN_US = 60_000_000


class Meter:
    """Inside `with` a thread calls `look()`, which a subclass has, every `step_s`."""

    def __init__(self, step_s):
        self._step_s = step_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(self._step_s):
            self.look()


class StallMeter(Meter):
    """Inside `with` it notes when a thread that only wants to go on could not."""

    def __init__(self, clock):
        super().__init__(_STEP_S)
        self._clock = clock
        self._stalls = []
        self._last_us = None

    def __enter__(self):
        self._last_us = self._clock.now_us()
        return super().__enter__()

    def look(self):
        """Note the time since the last look where it was too long."""
        last_us, now_us = self._last_us, self._clock.now_us()
        if now_us - last_us > _STALL_S_MIN * self._clock.scale * 1_000_000:
            self._note((last_us, now_us))
        self._last_us = now_us

    def _note(self, stall):
        if len(self._stalls) == _STALLS_MAX:
            # A list of its own, for another thread may be looking into the old one.
            self._stalls = self._stalls[_STALLS_MAX // 2 :]
        self._stalls.append(stall)

    def within(self, begin_us, end_us):
        """Return the us of true time lost in stalls that touch a span of true Unix us."""
        stalls = self._stalls
        begin = bisect_right(stalls, begin_us, key=lambda stall: stall[1])
        end = bisect_right(stalls, end_us, key=lambda stall: stall[0])
        return sum(after_us - before_us for before_us, after_us in stalls[begin:end])

    def around(self, true_us):
        """Return the us of true time lost from the exchange on that dates a true Unix us."""
        return self.within(true_us - _SYNC_SPAN_US, true_us + _SYNC_SPAN_US)


class StampBound:
    """How far a stamp may be from its sample: `error_ms_max`, and what a StallMeter has measured.

    `forgiven` are the times of the samples, in Unix us, whose stamps needed more than the first.
    """

    def __init__(self, error_ms_max, stalls=None):
        self.error_ms_max = error_ms_max
        self.forgiven = set()
        self._stalls = stalls

    def is_exceeded(self, error_ms, time_us):
        """Tell whether the stamp of a sample taken at a true Unix us is too far off.

        One that only the stalls allow is noted in `forgiven`.
        """
        if error_ms <= self.error_ms_max:
            return False
        stalled_ms = self._stalls.around(time_us) / 1000 if self._stalls else 0
        if error_ms > self.error_ms_max + stalled_ms:
            return True
        self.forgiven.add(time_us)
        return False
