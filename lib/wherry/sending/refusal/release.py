"""Channels that were in quarantine and have caught up: each is merged into its uplink.

Loaded on demand.
"""


def merge(uploads) -> None:
    """Merge each held channel into its uplink when no reading waits for either."""
    for held in [each for each in uploads if each.is_held]:
        for upload in uploads:
            is_its = upload.settings is held.settings and not upload.is_held
            if is_its and not (held.waiting() or upload.waiting()):
                _merge(upload, held, uploads)
                break


def _merge(upload, held, uploads):
    ledger, name = upload.ledger, held.selection.only
    count = held.ledger.delivered
    if held.ledger.settled() - held.ledger.before - held.ledger.others != count:
        return  # Readings set aside, dropped or thinned stay in the channel's own ledger.
    # A power cut after this loses no reading: delivered readings stay counted in `others`.
    upload.set_held([other for other in upload.session.held if other != name])
    from wherry.sending.session import session_file

    session_file.keep(upload)
    ledger.delivered += count
    ledger.others -= count
    ledger.doubted += held.ledger.doubted
    ledger.save()
    uploads.remove(held)
