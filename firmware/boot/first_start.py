"""The first start after `wherry deploy`, which creates the file /deployed: a person watches.

For ten minutes the node runs as on mains, without deep sleep. If its first upload reaches no
server, it is soon retried. Loaded only at such a start.
"""

import time

from micropython import const
from wherry import free
from wherry.stage.memory import UPLINK_COUNT_MAX

_AWAKE_MS = const(600_000)
_RETRY_MS = const(10_000)
# The same as in sending/schedule/busy.py: the last failure was without an answer.
_UNREACHED = const(0x80)


def begin(node):
    """Make a node sample and send immediately, and stay awake."""
    import trial

    trial.begin(node)
    ports, is_hurried = node.ports, False

    def wait_until(due_ms, node):
        nonlocal is_hurried
        awake_ms = _AWAKE_MS - time.ticks_ms()  # pyright: ignore
        if awake_ms > 0:
            if not is_hurried and _hurry(node):
                is_hurried = True
                due_ms = node.stage.state.send_due + node.stage.state.zero_ms
            free()
            ports.wait_ms(min(due_ms - ports.rtc_ms(), awake_ms))
        if awake_ms <= 0 or ports.rtc_ms() < due_ms:
            # After this, the class's method waits.
            del ports.wait_until
            ports.wait_until(due_ms, node)

    ports.wait_until = wait_until


def _hurry(node):
    """Move up the next try of an upload that reached no server; return False if there is none.

    A server that has answered is not tried earlier than it requested.
    """
    state = node.stage.state
    was, due = state.send_due, node.ticks() + _RETRY_MS
    if due >= was or not any(count & _UNREACHED for count in state.busy[:UPLINK_COUNT_MAX]):
        return False
    node.ports.say("just deployed: next try in %d s" % (_RETRY_MS // 1000))
    state.send_due = due
    for upload in node.uploads:
        # Without a network, all uplinks that were due have the same due time.
        if getattr(upload, "due", 0) == was:
            upload.due = due
    return True
