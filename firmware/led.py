"""The board's LED, where its data name one. Loaded for the moment."""

import machine


def switch(on):
    """Switch it on or off, if the board has one."""
    import settings

    wiring = settings.read()["board"].get("led")
    if wiring:
        pin = machine.Pin(wiring["pin"], machine.Pin.OUT)
        pin.value(bool(on) != wiring["active_low"])
