"""The board's LED, where its data name one. Loaded for the moment."""

import machine
from wherry import once


def switch(on):
    """Switch it on or off, if the board has one."""
    wiring = once("settings", "read")["board"].get("led")
    if wiring:
        pin = machine.Pin(wiring["pin"], machine.Pin.OUT)
        pin.value(bool(on) != wiring["active_low"])
