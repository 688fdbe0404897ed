"""Adds a row of the node's own channels to the queue, once per upload.

Loaded on demand.
"""

from wherry.reading import VALUE_MAX


def add(node) -> None:
    """Add a row if the last one is older than three quarters of the time between uploads."""
    state = node.stage.state
    ticks = node.ticks()
    if ticks >= state.health_due:
        state.health_due = ticks + node.send_every_ms * 3 // 4
        state.own_last_ms = node.keep(ticks, [row(node, ticks)], state.own_last_ms)


def row(node, ticks: int) -> tuple:
    """Return (mask, values) of the node's own channels at `ticks`; see channels.py.

    Counters wrap above 2**30 - 1. If there are several uplinks, the counters are from the one with
    the most waiting readings.
    """
    state = node.stage.state
    upload = max(node.uploads, key=lambda each: each.waiting())
    ledger = upload.ledger
    from wherry.stage import gaps

    counts = (
        state.boot,
        node.reset_cause,
        # The row's own number, by which an owner can find rows missing from a server's table.
        node.queue.next_row + node.stage.count,
        node.queue.readings,
        ledger.delivered,
        upload.waiting(),
        ledger.set_aside,
        # Readings from before the uplink was added count as dropped: it never gets them.
        ledger.dropped + ledger.before,
        ledger.thinned,
        ledger.damaged,
        gaps.count(node.queue.root),
        state.sensor_errors,
        state.crashes,
    )
    values = [count & VALUE_MAX for count in counts]
    from wherry.time.sleep_clock import uncertainty_ms

    values += [state.clock_error_ms, node.link.rssi(), _denied(node.uploads)]
    values.append(min(uncertainty_ms(node.clock, ticks), VALUE_MAX))
    own_count = node.queue.own_count
    if own_count > len(values):
        values += node.ports.values(node)
    base = len(node.queue.channels) - own_count
    return ((1 << len(values)) - 1) << base, values


def _denied(uploads):
    """Return a mask of the refused uplinks: 1 for the first, 2 for the second, 4, 8, ..."""
    return sum([1 << i for i, upload in enumerate(uploads) if upload.ledger.denied_s])
