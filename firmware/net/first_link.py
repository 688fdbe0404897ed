"""Creates the link, at startup or for a node's first upload."""

import sys

import wherry
from link import Link


def made(settings, stage, ports, room):
    """Return a new Link, which trusts the slot's CA roots. `room` is as in Link."""
    link = Link(settings, stage.state, ports, sys.path[0] + "/ca", wherry.DATE_S, room)
    if settings["power"]["source"] == "battery":
        from on_battery import watch

        watch(link, stage, settings)
    return link
