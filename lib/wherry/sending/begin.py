"""The beginning of an uplink's turn. Loaded on demand."""

from micropython import const

# After this number of failed uploads in a row, the next one is sent without gzip.
_FAILURES_OF_GZIP = const(3)


def begin(upload, failures: int) -> None:
    """Begin after `failures` failed uploads in a row; only their number outlives a deep sleep."""
    queue = upload.queue
    if len(queue.uploads) > 1:
        # The reader is at the previous uplink's cursor, which may be a million rows away.
        queue.upload_reader.forget()
    if queue.is_thinning is None:
        queue.look()
    if queue.is_thinning:
        from wherry.queue import thinned

        thinned.finish(queue)
    if "gzip" in upload.settings:
        upload.settings["gzip"] = _packs(upload, failures)
    upload.failures = failures
    # The limit learned before a sleep, or before the last failures.
    upload.count_max = upload.count_max or upload.ledger.count_limit
    if failures > 2:
        from wherry.sending.batch import batch_limit

        batch_limit.begin(upload)


def _packs(upload, failures):
    """Return whether batches are sent with gzip."""
    if failures >= _FAILURES_OF_GZIP:
        # Plain JSON if nothing else helped: a proxy may cut connections for gzip or chunks.
        return False
    if "gzip_trial" not in upload.settings or upload.ledger.gzip == 0:
        return True
    from wherry.sending import gzip_trial

    return gzip_trial.packs(upload.ledger)
