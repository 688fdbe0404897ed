"""Harbor Scale, ingest API v2, and Telemetry Harbor, v1: {ship_id, cargo_id, value, time}.

The server deduplicates on (time, ship_id, cargo_id), so sending again is harmless. It changes a
time without `Z`, which this dialect never sends. It drops values that are not numbers from a batch
that it answers with 200; `count` in the answer then shows the loss. request.py creates the
requests, answer.py reads answers other than a plain success.
Sources: docs/protocols/harbor_v2.md and harbor_v1.md.
"""

from micropython import const

from wherry.reading import json_text
from wherry.sending import verdict

BATCH_COUNT_MAX = const(200)
# The open server accepts 4 MiB; a body of this size is sent in seconds on a weak link.
_BODY_SIZE_MAX = const(24_000)


def next_request(settings: dict, session, batch):
    """Return the http.request.Request for the batch, or None if it is empty.

    settings: endpoint, api_key, name (the ship), mode, gzip. The body is an iterator that takes
    the readings; its pieces have at most 1 KB and are valid until the next one.
    """
    count_max = batch.learned_max or BATCH_COUNT_MAX
    is_limited = count_max < BATCH_COUNT_MAX
    if batch.waiting > 0:
        count_max = min(count_max, batch.waiting)
    # Open the queue before loading modules on demand: it stays in the heap, and opened later it
    # would leave a hole.
    batch.open(count_max)
    if not batch.next():
        return None
    from wherry.uplinks.harbor import request

    return request.prepare(settings, batch, (is_limited, _BODY_SIZE_MAX), _body)


def _body(size, largest, parts, batch):
    # Loaded for the first piece: before that TLS needs the memory.
    from wherry.http.json_body import pieces

    opening, before, after, stamp, closing = parts
    shape = opening, lambda name: (before, json_text(name), after), stamp, closing
    yield from pieces(size, largest, shape, batch)


def judge(settings: dict, session, response, count: int):
    """Return (verdict, note) for an answer to `count` readings."""
    body = response.body
    # The usual success, without the reader of JSON.
    if (
        response.status in (200, 202)
        and body.startswith(b'{"count":%d,' % count)
        and body.endswith(b' received and queued"}')
        and b'"error' not in body
    ):
        return verdict.DELIVERED, "HTTP %d" % response.status
    from wherry.uplinks.harbor import answer

    return answer.judge(settings, response, count)
