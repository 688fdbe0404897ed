"""Readings of other channels among rows that a full queue deletes. Loaded on demand."""

from wherry.rows.mask import count_bits


def count_others(queue, ledger, selection, end: int) -> int:
    """Count the readings from a ledger's cursor to row `end` that are not the uplink's."""
    reader = queue.reader()
    reader.seek(ledger.row)
    own, taken, count = None, 0, 0
    while reader.next() and reader.rows.row < end:
        if reader.channels is not own:
            own = reader.channels
            taken = selection(own)[1]
        others = reader.rows.mask & ~taken
        if reader.rows.row == ledger.row:
            others = others >> ledger.channel << ledger.channel
        count += count_bits(others)
    return count
