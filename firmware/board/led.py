"""The board's LED. Loaded on demand."""

import machine


def switch(wiring, on):
    """Switch the LED on or off; `wiring` is {"pin", "active_low"}."""
    pin = machine.Pin(wiring["pin"], machine.Pin.OUT)
    pin.value(bool(on) != wiring["active_low"])
