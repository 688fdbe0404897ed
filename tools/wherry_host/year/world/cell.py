"""The cell of a simulated node: its voltage falls as the meter counts the charge."""

from wherry_host.virtual.devices import battery


class Model(battery.Model):
    """The divider's pin; `cell` is an energy.cell.Cell, `used_mah(now_us)` is the meter's."""

    def __init__(self, surroundings, pin, divider, cell, used_mah):
        super().__init__(surroundings, pin, divider=divider)
        self.power_pin, self.stuck, self.wires = None, False, ()
        self._cell, self._used_mah = cell, used_mah

    def _cell_mv(self, now_us):
        share = 1 - self._used_mah(now_us) / self._cell.whole_mah
        return round(self._cell.voltage_mv(max(share, 0)))
