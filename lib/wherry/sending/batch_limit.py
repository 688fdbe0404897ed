"""How large a batch may be after failures or refusals. Loaded on demand.

The upload has the limit of the next one in `count_max`, and what was learned in `count_limit`.
Both are 0 while there is none.
"""

from micropython import const

# Failures in a row before batches are made smaller.
_FAILURES_MAX = const(2)
# Batches that pass before a learned limit is tried again: plans are upgraded.
_PASSES_MAX = const(100)


def begin(upload) -> None:
    """Make batches smaller after failures in a row: their number is all that outlives a sleep."""
    most = max(1, upload.dialect.BATCH_COUNT_MAX >> upload.failures - _FAILURES_MAX)
    upload.count_max = min(most, upload.count_max or most)


def grow(upload) -> None:
    """Let the next batch be larger, up to the uplink's limit or the one that was learned."""
    most = upload.dialect.BATCH_COUNT_MAX
    limit = upload.count_limit or most
    upload.passes += 1
    if upload.passes > _PASSES_MAX and limit < most:
        upload.passes = 0
        limit = upload.count_limit = min(2 * limit, most)
    count = upload.batch.count
    if count >= (upload.count_max or limit):
        upload.count_max = min(limit, 2 * count)
    if (upload.count_max or limit) >= most:
        upload.count_max = upload.count_limit = 0
