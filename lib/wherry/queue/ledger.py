"""The ledger of one uplink: how far it is and how its readings were settled, in one inline file.

The cursor is (row, channel index): the first reading not yet settled, never a byte offset. Cursor
and counters change in one write, so they hold together through any cut.
"""


def in_file(path: str):
    """Return the ledger that lies, or will lie, in a small file."""
    from wherry import small_file

    return Ledger(small_file.read(path), lambda content: _write(path, content))


def _write(path, content):
    from wherry import small_file

    small_file.write(path, content)


class Ledger:
    """row, channel: the cursor. delivered, set_aside, dropped, thinned, damaged: readings.

    before: readings taken before the uplink was added, which are not its. denied_s: since when the
    server has refused the node, in seconds since 2000, or 0. thin: (first row, end) of the
    thinning counted last. others: readings passed by that are not for the uplink. doubted: those
    sent once more because an answer was lost, where the server keeps both. count_limit: the most
    readings of a batch that the server takes, 0 if that was not learned; passes: batches since.
    is_new: never saved. `content`: what was saved last, or None. `write(bytes)` makes it durable.
    """

    row: int
    channel: int
    delivered: int
    set_aside: int
    dropped: int
    thinned: int
    damaged: int
    before: int
    denied_s: int
    thin: tuple
    others: int
    doubted: int
    count_limit: int
    passes: int

    def __init__(self, content, write):
        self._write = write
        self.is_new = content is None
        from wherry.queue import ledger_form

        ledger_form.take(self, content)

    def load(self) -> None:
        """Read it, if that waits until it is needed: what was set before would be lost."""

    def save(self) -> None:
        """Make it durable; raises OSError where the flash does."""
        from wherry.queue import ledger_form

        self._write(ledger_form.packed(self))
        self.is_new = False

    def drop(self, end: int, settled: int) -> None:
        """Count what still waits below row `end`, where one that stands there has so much settled.

        Durable on return; raises OSError where the flash does.
        """
        if self.row < end:
            self.dropped += max(0, settled - self.settled())
            self.row, self.channel = end, 0
            self.save()

    def settled(self) -> int:
        """Return how many readings are no longer waiting.

        These are those below the cursor, and those past it that were thinned.
        """
        settled = self.before + self.delivered + self.set_aside
        return settled + self.dropped + self.thinned + self.damaged + self.others
