"""A wait within an upload. A separate module, because new rows need the heap meanwhile."""

from micropython import const

_STEP_MS = const(50)


def wait_until(node, due: int) -> None:
    """Wait until `due`, in ticks, while the node feeds the watchdog and samples."""
    while node.ticks() < due:
        node.sample_if_due()
        node.ports.wait_ms(max(0, min(_STEP_MS, due - node.ticks())))
