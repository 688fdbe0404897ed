"""States the uncertainty of estimated boots: on the console, and in rows for the servers.

Called before their anchors are saved, so that no row is sent without them.
"""

from wherry.reading import VALUE_MAX
from wherry.rows.frame import MS

_CHANNEL = "node_clock_uncertainty_ms"


def write(node, estimates: list) -> None:
    """Report the result of estimates.find, and queue a row at the first row of each boot.

    Raises OSError if the flash fails.
    """
    channels = node.queue.channels
    # Search name by name: a list of all names would be garbage after it.
    i = len(channels) - 1
    while channels[i][0] != _CHANNEL:
        i -= 1
    node.drain_stage()
    for own, count, wrong_ms, ms in estimates:
        within_s = (wrong_ms + 999) // 1000
        node.ports.say("boot %d: no time, %d rows estimated within %d s" % (own, count, within_s))
        value = min(wrong_ms, VALUE_MAX)
        node.queue_row(MS, 0, ms // 1000, ms % 1000, 1 << i, [value])
