"""The board's LED, as board.json tells where it is. Loaded for the moment."""

import json
import sys

import machine


def switch(on):
    """Switch it on or off, if the board has one."""
    with open(sys.path[0] + "/board.json") as file:
        wiring = json.load(file).get("led")
    if wiring:
        pin = machine.Pin(wiring["pin"], machine.Pin.OUT)
        pin.value(bool(on) != wiring["active_low"])
