"""The hardware around the chip: buses and the battery. Loaded while the sensors are created."""

import machine
from battery import Battery, adc
from chip import celsius
from micropython import const

# Room for what a GPS receiver sends before it is read: two seconds at 9600 baud.
_RECEIVE_SIZE = const(2_048)


class Board:
    """The ports of sensor drivers, initialized on first use; `data` is as in boards/.

    While a sensor with a third-party driver is created, `watch` is (its label on the console, the
    chip's Ports).
    """

    watch = ()

    def __init__(self, data):
        self._wiring = data.get("buses", {})
        self._buses = {}
        self.battery_mv = Battery(data.get("battery")).read_mv

    def i2c(self, name):
        """Return the I2C bus called `name`; OSError if it does not exist."""
        bus = self._buses.get(name)
        if not bus:
            wires = self._wiring.get(name)
            if not wires:
                raise OSError("the board has no bus %s" % name)
            scl, sda = machine.Pin(wires["scl"]), machine.Pin(wires["sda"])
            if wires["soft"]:
                bus = machine.SoftI2C(scl, sda, freq=wires["freq_hz"])
            else:
                bus = machine.I2C(wires.get("i2c", 0), scl=scl, sda=sda, freq=wires["freq_hz"])
            self._buses[name] = bus
        return bus

    def adc(self, number):
        """Return the machine.ADC of a pin, for up to about 2.5 V."""
        return adc(number)

    def pins(self):
        """Return the module for sensors on single pins."""
        import pins

        return pins

    def chip_celsius(self):
        """Return the chip's own temperature in whole °C."""
        return celsius()

    def switch(self, number):
        """Return switch(is_on), which sets a power pin; the pin stays off in deep sleep."""
        import esp32

        # On some chips, pins outside the RTC domain need this to keep their level in deep sleep.
        hold_asleep = getattr(esp32, "gpio_deep_sleep_hold", None)
        if hold_asleep:
            hold_asleep(True)

        def switch(is_on):
            machine.Pin(number, machine.Pin.OUT, value=is_on, hold=not is_on)  # pyright: ignore

        return switch

    def uart(self, name):
        """Return the machine.UART called `name`; OSError if it does not exist."""
        wires = self._wiring.get(name)
        if not wires or "uart" not in wires:
            raise OSError("the board has no UART %s" % name)
        return machine.UART(
            wires["uart"], wires["baud"], tx=wires["tx"], rx=wires["rx"], rxbuf=_RECEIVE_SIZE
        )
