"""Channels that a server does not know: each gets its own ledger, and the others continue.

A held channel becomes another upload of the same uplink, labelled `LABEL~` and the CRC32 of its
name, that takes only this channel. Its readings wait like those of any refused uplink. Once the
server accepts them (the owner has corrected the name) and it has caught up, the two are merged.
"""

from binascii import crc32

from wherry import load
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal.set_aside import go_to_first
from wherry.sending.selected_upload import SelectedUpload
from wherry.stage.memory import UPLINK_COUNT_MAX


def hold(upload) -> str:
    """Hold the channel of the first unsettled reading; return its name, or "" if impossible."""
    batch, ledger = upload.batch, upload.ledger
    # A channel that is already held cannot be held again.
    uploads = upload.queue.uploads
    if upload.is_held or len(uploads) >= UPLINK_COUNT_MAX:
        return ""
    index = go_to_first(batch)
    name = batch.reader.own[index][0]
    held = _make(upload, name, batch.date)
    # Save the ledger before the session names the channel: a named channel always has a ledger.
    held.ledger.row, held.ledger.channel = batch.row, index
    held.ledger.before = ledger.settled() + batch.reader.others(batch.row, index)
    held.ledger.delivered = held.ledger.others = held.ledger.set_aside = held.ledger.dropped = 0
    held.ledger.thinned = held.ledger.damaged = held.ledger.doubted = 0
    held.ledger.save()
    upload.set_held(upload.session.held + [name])
    uploads.append(held)
    return name


def resume(uploads, date) -> None:
    """Add the uploads of the channels that were held before a restart.

    `date` is the clock's, as in Batch.
    """
    for upload in uploads[:]:
        if upload.selection and upload.session.held:
            _resume(upload, uploads, date)


def _resume(upload, uploads, date):
    for name in upload.session.held:
        held = _make(upload, name, date)
        if held.ledger.is_new:
            continue  # A power cut prevented its saving: the server will refuse the channel again.
        upload.selection.held.append(name)
        uploads.append(held)
        if held.dialect_name:
            held.dialect = None
            held.batch = None  # pyright: ignore[reportAttributeAccessIssue]


def _make(upload, name, date):
    selection = upload.selection
    label = "%s~%08x" % (upload.name, crc32(name.encode()))
    only = Selection(selection.channels, selection.names, name)
    # At a start, dialects are not loaded if there are several uplinks.
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
