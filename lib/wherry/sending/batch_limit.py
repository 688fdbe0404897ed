"""How large a batch may be after failures or refusals. Loaded for the moment.

The session has the limit of the next one in `count_max`, and what was learned in `count_limit`.
"""

from micropython import const

# Failures in a row before batches are made smaller.
_FAILURES_MAX = const(2)
# Batches that pass before a learned limit is tried again: plans are upgraded.
_PASSES_MAX = const(100)


def begin(upload) -> None:
    """Make batches smaller after failures in a row: their number is all that outlives a sleep."""
    most = max(1, upload.module.BATCH_COUNT_MAX >> upload.failures - _FAILURES_MAX)
    upload.session["count_max"] = min(most, upload.session.get("count_max", most))


def grow(upload) -> None:
    """Let the next batch be larger, up to the uplink's limit or the one that was learned.

    Once there is neither any more, the session holds none of it.
    """
    session = upload.session
    most = upload.module.BATCH_COUNT_MAX
    limit = session.get("count_limit", most)
    upload.passes += 1
    if upload.passes > _PASSES_MAX and limit < most:
        upload.passes = 0
        limit = session["count_limit"] = min(2 * limit, most)
    if upload.batch.count >= session.get("count_max", limit):
        session["count_max"] = min(limit, 2 * upload.batch.count)
    if session.get("count_max", limit) >= most:
        session.pop("count_max", None)
        session.pop("count_limit", None)
