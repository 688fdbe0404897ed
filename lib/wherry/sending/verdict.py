"""Verdicts: what an answer means for the readings that were sent, whatever the dialect."""

from micropython import const

DELIVERED = const(0)  # The server has them.
RETRY = const(1)  # The server failed: keep them, come again.
REJECTED = const(2)  # One of them is bad: halve down to it, set it aside.
DENIED = const(3)  # Key, id or address is wrong: keep everything, slow down, report it.
AGAIN = const(4)  # A token, the time, another key or another form: ask for the next request.
UNKNOWN_CHANNEL = const(5)  # It does not know one of them: halve down to it, hold that one.
PARTIAL = const(6)  # Some were stored, and none may be sent twice: set them aside.
BUSY = const(7)  # It takes no more for now: wait, then the same again.
NO_ANSWER = const(8)  # Nothing is known of them or of it: keep them, come again.
