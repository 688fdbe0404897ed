"""Stop work between two of its steps on Ctrl-C and similar signals, so that it ends cleanly."""

import signal
from contextlib import contextmanager

# Windows lacks SIGHUP.
_NAMES = "SIGINT", "SIGTERM", "SIGHUP"
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Stopped(Exception):  # noqa: N818
    """The user has stopped the work."""


class Asked:
    """True once a signal has requested the end of the work; `count` is the number of signals."""

    def __init__(self):
        self.count = 0
        self._hurried = False

    def __bool__(self):
        return self.count > 0

    def check(self):
        """Raise Stopped if the end was requested."""
        if self:
            raise Stopped

    @contextmanager
    def hurried(self):
        """Let a second signal raise Stopped anywhere in the block, for work without steps."""
        self._hurried = True
        try:
            self._hurry()
            yield
        finally:
            self._hurried = False

    def note(self, *_):
        """Count a signal."""
        self.count += 1
        self._hurry()

    def _hurry(self):
        if self._hurried and self.count > 1:
            self._hurried = False
            raise Stopped


@contextmanager
def stop_signals():
    """Yield an Asked that counts SIGNALS until the end of the block."""
    asked = Asked()
    before = {number: signal.signal(number, asked.note) for number in SIGNALS}
    try:
        yield asked
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
