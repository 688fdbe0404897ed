"""Channels that a server does not know: each gets a ledger of its own, and the others go on.

A held channel is another upload of the same uplink, labelled `LABEL~` and the CRC32 of its name,
that takes this channel alone. Its readings wait like those of any uplink that is refused; once the
server takes them (the owner has mended the name) and it has caught up, the two are one again.
"""

from binascii import crc32

from wherry import load
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.selection import Selection
from wherry.sending.set_aside import go_to_first
from wherry.stage.memory import UPLINK_COUNT_MAX


def hold(upload) -> str:
    """Hold the channel of the first reading not settled; return its name, "" if it cannot be."""
    batch, ledger = upload.batch, upload.ledger
    # Also one that is held already cannot be held again.
    uploads = upload.queue.uploads
    if upload.is_held or len(uploads) >= UPLINK_COUNT_MAX:
        return ""
    index = go_to_first(batch)
    name = batch.reader.own[index][0]
    held = _make(upload, name, batch.date)
    # Before the session names it: found there, it must be as it should.
    held.ledger.row, held.ledger.channel = batch.row, index
    held.ledger.before = ledger.settled() + batch.reader.others(batch.row, index)
    held.ledger.delivered = held.ledger.others = held.ledger.set_aside = held.ledger.dropped = 0
    held.ledger.thinned = held.ledger.damaged = held.ledger.doubted = 0
    held.ledger.save()
    upload.set_held(upload.session.held + [name])
    uploads.append(held)
    return name


def resume(uploads, date) -> None:
    """Put the uploads of the channels that were held before a restart beside theirs.

    `date` is the clock's, as in Batch.
    """
    for upload in uploads[:]:
        if upload.selection and upload.session.held:
            _resume(upload, uploads, date)


def _resume(upload, uploads, date):
    for name in upload.session.held:
        held = _make(upload, name, date)
        if held.ledger.is_new:
            continue  # A cut came before it was saved: the server will refuse it again.
        upload.selection.held.append(name)
        uploads.append(held)
        if held.dialect_name:
            held.dialect = None
            held.batch = None  # pyright: ignore[reportAttributeAccessIssue]


def _make(upload, name, date):
    selection = upload.selection
    label = "%s~%08x" % (upload.name, crc32(name.encode()))
    only = Selection(selection.channels, selection.names, name)
    # At a start the dialects of several uplinks are not there.
    dialect = upload.dialect or load(upload.dialect_name)
    held = SelectedUpload(
        label, dialect, upload.settings, upload.queue, upload.queue.ledger(label),
        upload.aside, date, only,
    )  # fmt: skip
    held.dialect_name = upload.dialect_name
    for field, value in upload.session.__dict__.items():
        setattr(held.session, field, value)
    held.session.held = []
    held.ledger.load()
    held.count_max, held.ledger.count_limit = upload.count_max, upload.ledger.count_limit
    return held
