"""The pace of a serial line, which limits the number of bytes per second of true time."""

_BYTES_PER_S = 115_200 // 10
# The number of bytes that a chip's FIFO takes immediately after a pause.
_AT_ONCE = 256


class Pace:
    """One direction of a line at 115,200 baud, ten bits per byte; `clock` is a VirtualClock."""

    def __init__(self, clock):
        self._clock = clock
        self._begin_us = clock.now_us()

    def room(self):
        """Return the number of bytes that may pass now."""
        passed_us = self._clock.now_us() - self._begin_us
        room = passed_us * _BYTES_PER_S // 1_000_000
        if room > _AT_ONCE:
            self._begin_us += (room - _AT_ONCE) * 1_000_000 // _BYTES_PER_S
        return min(room, _AT_ONCE)

    def take(self, count):
        """Count bytes that have passed."""
        self._begin_us -= -count * 1_000_000 // _BYTES_PER_S

    def pause_s(self):
        """Return the time in host seconds after which a larger piece may pass."""
        return _AT_ONCE / 4 / _BYTES_PER_S / self._clock.scale
