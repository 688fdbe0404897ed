"""A clock whose drift is known exactly."""

from wherry.time.clock import Clock

DAY_MS = 86_400_000


class Known:
    """A Clock and its state: 12:34:56.789 UTC of a day of 2026 at ticks 1000, if `synced`."""

    def __init__(self, drift_ppm=0, synced=1):
        self.state = self
        self.synced, self.drift_ppm = synced, drift_ppm
        self.ref_ticks, self.ref_ms = 1000, 9800 * DAY_MS + 45_296_789
        self.sample_due = 0

    def true_ms(self, ticks):
        return Clock.true_ms(self, ticks)
