"""Verdicts: what an answer means for the readings sent, in every dialect."""

from micropython import const

DELIVERED = const(0)  # The server has them.
RETRY = const(1)  # The server failed: keep them, try again later.
REJECTED = const(2)  # One of them is bad: halve down to it, set it aside.
DENIED = const(3)  # Key, id or address is wrong: keep everything, slow down, report it.
AGAIN = const(4)  # A token, the time, another key or another form: send the next request.
UNKNOWN_CHANNEL = const(5)  # The server does not know a channel: halve down to it, hold it.
PARTIAL = const(6)  # Some were stored, and none must be sent twice: set them aside.
BUSY = const(7)  # The server accepts no more for now: wait, then send the same again.
NO_ANSWER = const(8)  # The outcome is unknown: keep them, try again later.
