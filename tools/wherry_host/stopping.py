"""Ctrl-C and its like as a question that work asks between its steps, so that it ends in order."""

import signal
from contextlib import contextmanager

# Windows lacks SIGHUP.
_NAMES = "SIGINT", "SIGTERM", "SIGHUP"
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Stopped(Exception):  # noqa: N818
    """The person who started the work has ended it."""


class Asked:
    """True once a person has asked for the end; `count` tells how often."""

    def __init__(self):
        self.count = 0
        self._hurried = False

    def __bool__(self):
        return self.count > 0

    def check(self):
        """Raise Stopped if the end was asked for."""
        if self:
            raise Stopped

    @contextmanager
    def hurried(self):
        """Let a second signal raise Stopped wherever the work inside is, for what has no steps."""
        self._hurried = True
        try:
            self._hurry()
            yield
        finally:
            self._hurried = False

    def note(self, *_):
        """Note a signal."""
        self.count += 1
        self._hurry()

    def _hurry(self):
        if self._hurried and self.count > 1:
            self._hurried = False
            raise Stopped


@contextmanager
def stop_signals():
    """Yield an Asked that each of SIGNALS fills until the end of the block."""
    asked = Asked()
    before = {number: signal.signal(number, asked.note) for number in SIGNALS}
    try:
        yield asked
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
