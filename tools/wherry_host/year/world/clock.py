"""The clock of a simulated world: time passes only from one event to the next."""

from heapq import heappop, heappush

DAY_US = 86_400_000_000


class WorldError(BaseException):
    """A fault of the simulated world itself, which no program may catch."""


def in_world(action, *arguments):
    """Call a part of the world and return its result; its errors become WorldErrors."""
    try:
        return action(*arguments)
    except Exception as error:
        raise WorldError(f"{action.__qualname__}: {error!r}") from error


class Clock:
    """True Unix time in us, and the events that are due; nothing waits for the wall."""

    #: As in wherry_host.clock: the models of the virtual board divide by it.
    scale = 1

    def __init__(self, true_us):
        self.us = true_us
        self._due = []
        self._count = 0

    def now_us(self):
        """Return true Unix time in microseconds."""
        return self.us

    def at(self, true_us, action, *arguments):
        """Call `action` at a true time; events of the same time keep their order."""
        heappush(self._due, (true_us, self._count, action, arguments))
        self._count += 1

    def after(self, us, action, *arguments):
        """Call `action` when `us` have passed."""
        self.at(self.us + us, action, *arguments)

    def step(self, end_us):
        """Advance to the next event and run it, or to `end_us` if that is earlier."""
        due = self._due
        if not due or due[0][0] > end_us:
            self.us = max(self.us, end_us)
            return
        true_us, _, action, arguments = heappop(due)
        self.us = max(self.us, true_us)
        in_world(action, *arguments)

    def run_until(self, end_us):
        """Advance to `end_us`, and run each event that is due by then."""
        while self._due and self._due[0][0] <= end_us:
            self.step(end_us)
        if self.us < end_us:
            self.us = end_us
