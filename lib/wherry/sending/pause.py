"""A wait within an upload. A module of its own, for the rows that come need the heap meanwhile."""

from micropython import const

_STEP_MS = const(50)


def wait_until(node, due: int) -> None:
    """Return at `due`, in ticks; until then the node is fed and samples."""
    while node.ticks() < due:
        node.sample_if_due()
        node.ports.wait_ms(max(0, min(_STEP_MS, due - node.ticks())))
