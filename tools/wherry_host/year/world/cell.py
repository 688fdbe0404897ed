"""The cell of a simulated node: its voltage falls as the meter counts the charge."""

from wherry_host.virtual.devices import battery
from wherry_host.year.world.clock import DAY_US


class Model(battery.Model):
    """The divider's pin; `cell` is an energy.cell.Cell, `used_mah(now_us)` is the meter's.

    The cell is full at `begin_us` and discharges itself as well.
    """

    def __init__(self, surroundings, pin, divider, cell, used_mah, begin_us):
        super().__init__(surroundings, pin, divider=divider)
        self.power_pin, self.stuck, self.wires = None, False, ()
        self._cell, self._used_mah, self._begin_us = cell, used_mah, begin_us
        # The time of the last conversion, and its result.
        self._last_us, self._last_mv = None, 0

    def _cell_mv(self, now_us):
        # A burst takes no time in a simulated world.
        if self._last_us != now_us:
            self._last_us, self._last_mv = now_us, self._rest_mv(now_us)
        return self._last_mv

    def _rest_mv(self, now_us):
        days = (now_us - self._begin_us) / DAY_US
        share = self._cell.share_after(self._used_mah(now_us), days)
        return round(self._cell.voltage_mv(max(share, 0)))
