"""An uplink's turn begins. Loaded on demand."""


def begin(upload, failures: int) -> None:
    """Start after so many failed uploads in a row, which is all that outlives a deep sleep."""
    queue = upload.queue
    if len(queue.uploads) > 1:
        # The reader is at the last upload's cursor, which may be a million rows earlier.
        queue.upload_reader.forget()
    if queue.is_thinning is None:
        queue.look()
    if queue.is_thinning:
        from wherry.queue import thinned

        thinned.finish(queue)
    upload.failures = failures
    # What was learned before a sleep, or before the last failures.
    upload.count_max = upload.count_max or upload.ledger.count_limit
    if failures > 2:
        from wherry.sending import batch_limit

        batch_limit.begin(upload)
