"""An upload of a selection of channels, or of channels under other names: see selection.py."""

from wherry.sending.session.session_upload import SessionUpload
from wherry.sending.upload import Upload


class SelectedUpload(SessionUpload):
    """A SessionUpload with a Selection, `selection`; `is_held` if that is one held channel."""

    # The count for a drop: see drops.py.
    counted = None

    def __init__(self, name, dialect, settings, queue, ledger, aside, date, selection):
        self.selection = selection
        self.is_held = selection.only is not None
        super().__init__(name, dialect, settings, queue, ledger, aside, date)

    def batch_of(self, reader, ledger, date):
        """Return a Batch of the uplink's channels that starts at a ledger's or order's cursor."""
        from wherry.sending.batch.selected_batch import SelectedBatch

        return SelectedBatch(reader, ledger, date, self.selection, self.queue)

    def own_waiting(self) -> int:
        """Estimate how many waiting readings are for this uplink, from its share so far."""
        ledger = self.ledger
        passed = ledger.delivered + ledger.others
        return self.waiting() * (ledger.delivered + 1) // (passed + 1) + 2

    def set_held(self, names) -> None:
        """Set which channels are in quarantine; the caller saves the changed session."""
        self.session.held = self.selection.held = names
        self.session.has_changed = True
        if self.batch:
            self.batch.reader.look_again()

    def deliver(self) -> None:
        """Move the cursor past the batch, durably."""
        self.ledger.others += self.batch.reader.others(*self.batch.end())
        Upload.deliver(self)
