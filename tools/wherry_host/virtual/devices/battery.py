"""A cell behind a voltage divider on an analog pin; its voltage falls slowly and can be set."""


class Model:
    """`mv` is the cell's rest voltage; the voltage at the pin is lower by the factor `divider`."""

    name = "battery"
    CHANNELS = (("battery_mv", 1 / 1000),)
    # The number of samples in one reading: docs/boards.md. The pin's microvolts and the
    # divider's arithmetic may each lose a millivolt.
    BURST_COUNT, STEP = 8, 0.003

    def __init__(self, surroundings, pin=34, mv=4050, divider=2.0, fall_mv_per_day=12.0):
        self.pin = pin
        self.series = 0
        self._surroundings = surroundings
        self._mv, self._since_us = mv, None
        self._divider, self._fall = divider, fall_mv_per_day

    def set_mv(self, mv, now_us):
        """Set the cell's voltage."""
        self._mv, self._since_us = mv, now_us

    def read_uv(self, now_us):
        """Return the voltage at the pin in microvolts."""
        mv = self._cell_mv(now_us)
        self._surroundings.measured(now_us, self.name, self.series, battery_mv=mv)
        return round(mv * 1000 / self._divider)

    def _cell_mv(self, now_us):
        if self._since_us is None:
            self._since_us = now_us
        fallen = self._fall * (now_us - self._since_us) / 86_400_000_000
        return max(round(self._mv - fallen), 0)
