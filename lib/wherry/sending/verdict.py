"""Verdicts: what an answer means for the readings that were sent, whatever the dialect."""

from micropython import const

DELIVERED = const(0)  # The server has them.
RETRY = const(1)  # Not now: keep them, come again.
REJECTED = const(2)  # One of them is bad: halve down to it, set it aside.
DENIED = const(3)  # Key, id or address is wrong: keep everything, slow down, report it.
STEP = const(4)  # A token or the time was fetched: ask for the next request.
NARROW = const(5)  # It does not know one of the channels: halve down to it, hold that one.
DOUBT = const(6)  # Some were taken, and none may be sent twice: set them aside.
