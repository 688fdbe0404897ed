"""The ledger of one uplink, in one inline file: its cursor and how its readings were settled.

The cursor is (row, channel index): the first reading not yet settled, never a byte offset. Cursor
and counters change in one write, so they stay consistent through any power cut.
"""


def in_file(path: str):
    """Return the ledger in a small file, which may not exist yet."""
    from wherry import small_file

    return Ledger(small_file.read(path), lambda content: _write(path, content))


def _write(path, content):
    from wherry import small_file

    small_file.write(path, content)


class Ledger:
    """row, channel: the cursor. delivered, set_aside, dropped, thinned, damaged: readings.

    before: readings taken before the uplink was added. denied_s: when the server began to refuse
    the node, in seconds since 2000, or 0. thin: (first row, end) of the thinning counted last.
    others: readings skipped because they are not for the uplink. doubted: readings sent again
    after a lost answer, where the server keeps both. count_limit: the most readings per batch that
    the server accepts, or 0 if not known; passes: the batches that have passed since this limit
    was set. gzip: the result of its trial, see sending/gzip_trial.py. is_new: never saved.
    `content`: the bytes saved last, or None. `write(bytes)` makes them durable.
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
    gzip: int

    def __init__(self, content, write):
        self._write = write
        self.is_new = content is None
        from wherry.queue import ledger_form

        ledger_form.take(self, content)

    def load(self) -> None:
        """Read a ledger that is loaded on first use; fields set before that would be lost."""

    def save(self) -> None:
        """Make the ledger durable; raises OSError if the flash fails."""
        from wherry.queue import ledger_form

        self._write(ledger_form.packed(self))
        self.is_new = False

    def drop(self, end: int, settled: int) -> None:
        """Drop the readings that wait below row `end`, where `settled` readings are settled.

        The change is durable on return. Raises OSError if the flash fails.
        """
        if self.row < end:
            self.dropped += max(0, settled - self.settled())
            self.row, self.channel = end, 0
            self.save()

    def settled(self) -> int:
        """Return the number of readings that no longer wait.

        These are the readings below the cursor, and the thinned ones past it.
        """
        settled = self.before + self.delivered + self.set_aside
        return settled + self.dropped + self.thinned + self.damaged + self.others
