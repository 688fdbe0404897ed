"""The beginning of an uplink's turn. Loaded on demand."""


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
    upload.failures = failures
    # The limit learned before a sleep, or before the last failures.
    upload.count_max = upload.count_max or upload.ledger.count_limit
    if failures > 2:
        from wherry.sending.batch import batch_limit

        batch_limit.begin(upload)
