"""An upload of a part of the channels, or under other names: see selection.py."""

from wherry.sending.session_upload import SessionUpload
from wherry.sending.upload import Upload


class SelectedUpload(SessionUpload):
    """A SessionUpload with `selection`, a Selection; `is_held` if that is of a held channel."""

    # What was counted for a drop: see drops.py.
    counted = None

    def __init__(self, name, dialect, settings, queue, ledger, aside, date, selection):
        self.selection = selection
        self.is_held = selection.only is not None
        super().__init__(name, dialect, settings, queue, ledger, aside, date)

    def batch_of(self, reader, ledger, date):
        """Return a Batch of the uplink's channels that starts at a ledger's or order's cursor."""
        from wherry.sending.selected_batch import SelectedBatch

        return SelectedBatch(reader, ledger, date, self.selection, self.queue)

    def own_waiting(self) -> int:
        """Return about how many of its readings wait: as many of all as there were so far."""
        ledger = self.ledger
        passed = ledger.delivered + ledger.others
        return self.waiting() * (ledger.delivered + 1) // (passed + 1) + 2

    def set_held(self, names) -> None:
        """Have these channels in quarantine; the caller saves the session, which has changed."""
        self.session.held = self.selection.held = names
        self.session.has_changed = True
        if self.batch:
            self.batch.reader.look_again()

    def deliver(self) -> None:
        """Move the cursor past the batch, durably."""
        self.ledger.others += self.batch.reader.others(*self.batch.end())
        Upload.deliver(self)
