"""The battery's voltage. A separate file, because a driver keeps its whole module loaded."""

import machine


class Battery:
    """The battery, read through `divider`: {"adc_pin", "ratio_milli"}, or None without one."""

    def __init__(self, divider):
        self._divider = divider
        self._adc = None

    def read_mv(self):
        """Return the voltage in mV, before the divider; OSError without a divider."""
        divider = self._divider
        if not divider:
            raise OSError("the board has no battery divider")
        if not self._adc:
            self._adc = machine.ADC(machine.Pin(divider["adc_pin"]))
        return self._adc.read_uv() * divider["ratio_milli"] // 1_000_000
