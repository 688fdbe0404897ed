"""The battery's voltage. A separate file, because a driver keeps its whole module loaded."""

import machine


def adc(pin):
    """Return the machine.ADC of a pin number, for up to about 2.5 V.

    The attenuation is set because its default in MicroPython 1.24 and 1.25 is 0 dB, where the ADC
    measures up to about 1 V (ports/esp32/machine_adc.c).
    """
    return machine.ADC(machine.Pin(pin), atten=machine.ADC.ATTN_11DB)


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
            self._adc = adc(divider["adc_pin"])
        return self._adc.read_uv() * divider["ratio_milli"] // 1_000_000
