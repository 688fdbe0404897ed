"""How large a batch may be after failures or refusals. Loaded on demand.

`count_max` of the upload limits the next batch; `count_limit` of its ledger is the limit learned.
Both are 0 without a limit.
"""

from micropython import const

# Failures in a row before batches are made smaller.
_FAILURES_MAX = const(2)
# The number of batches that must pass before a learned limit is raised: the owner's plan may have
# been upgraded.
_PASSES_MAX = const(100)


def begin(upload) -> None:
    """Make batches smaller after failures in a row, whose number is all that outlives a sleep."""
    most = max(1, upload.dialect.BATCH_COUNT_MAX >> upload.failures - _FAILURES_MAX)
    upload.count_max = min(most, upload.count_max or most)


def grow(upload) -> None:
    """Let the next batch be larger, up to the uplink's limit or the learned limit."""
    most, ledger = upload.dialect.BATCH_COUNT_MAX, upload.ledger
    limit = ledger.count_limit or most
    ledger.passes = min(ledger.passes + 1, _PASSES_MAX)
    if ledger.passes == _PASSES_MAX and limit < most:
        ledger.passes = 0
        limit = ledger.count_limit = min(2 * limit, most)
    count = upload.batch.count
    if count >= (upload.count_max or limit):
        upload.count_max = min(limit, 2 * count)
    if (upload.count_max or limit) >= most:
        upload.count_max = ledger.count_limit = 0


def learn(upload, count: int) -> None:
    """Save the server's limit in the ledger, which outlives a sleep and a power cut."""
    ledger = upload.ledger
    ledger.count_limit, ledger.passes = count, 0
    ledger.save()
