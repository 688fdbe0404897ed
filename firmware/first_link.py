"""Makes the link: at a start, or for a node's first upload."""

import sys

import wherry
from link import Link


def made(settings, state, ports, room):
    """Return the Link; the roots of the slot are those to trust. `room` is as in Link."""
    return Link(settings, state, ports, sys.path[0] + "/ca", wherry.DATE_S, room)
