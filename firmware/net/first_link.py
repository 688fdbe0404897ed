"""Creates the link, at startup or for a node's first upload."""

import sys

import wherry
from link import Link


def made(settings, stage, ports, room):
    """Return a new Link, which trusts the slot's CA roots. `room` is as in Link.

    In the section [time] the name of the DS3231's bus becomes the bus.
    """
    link = Link(settings, stage.state, ports, sys.path[0] + "/ca", wherry.DATE_S, room)
    # The link has its room in the heap now.
    if link.time["ds3231"]:
        link.time["ds3231"] = _bus(settings, link.time["ds3231"], ports)
    if settings["power"]["source"] == "battery":
        from on_battery import watch

        watch(link, stage, settings)
    return link


def _bus(settings, name, ports):
    """Return the bus called `name`, or None if it cannot be used."""
    from board import Board

    try:
        return Board(settings["board"]).i2c(name)
    except (OSError, ValueError) as error:
        ports.say("time: DS3231: %s" % error)
        return None
