"""Requests to Harbor: whether readings are sent alone or in an array, and the body's size.

Loaded before a request. A single point has its own address, which is meant for alarms and tests.
All else is sent in arrays. Latitude and longitude always are, because the server joins them to a
point on its map only if they arrive in one array (docs/protocols/harbor_v2.md).
"""

from wherry.http.request import make_request, reading_sizes
from wherry.reading import json_text

_AFTER = b'","value":'
_STAMP = b',"time":"'


def prepare(settings: dict, batch, limits: tuple, body):
    """Return the request for the batch, which is at its first row.

    `limits` is (whether the number of readings is limited, the most bytes).
    `body(size, largest, parts, batch)` creates the body: `size` and `largest` are the bytes of the
    body and of the largest reading; `parts` are the bytes before all, before and after a channel's
    name, before a stamp and after all.
    """
    is_limited, size_max = limits
    mode = settings.get("mode")
    if mode == "single":
        batch.open(1)
        batch.next()
    is_single = _is_single(mode, batch, is_limited)
    before = b'{"ship_id":"' + json_text(settings["name"]) + b'","cargo_id":"'
    around = len(before) + len(_AFTER)
    size, largest, count = reading_sizes(
        lambda name: around + len(json_text(name)), len(_STAMP), batch
    )
    if not is_single:
        # Estimated from the first row, plus a byte per reading: for the exact size the queue would
        # have to be read and decoded twice. While a limit is learned, room for the largest.
        mean = largest if is_limited else size // count + 2
        unit_size = batch.unit_size
        more = max(batch.count_max, unit_size) - unit_size
        size = 2 + min(size_max, unit_size * largest + more * mean)
    path, opening, closing = ("", b"", b"") if is_single else ("/batch", b"[", b"]")
    headers = (
        ("X-API-Key", settings["api_key"]),
        ("Content-Type", "application/json"),
    )
    parts = opening, before, _AFTER, _STAMP, closing
    url = settings["endpoint"] + path
    if "gzip" in settings:
        from wherry.uplinks.harbor import packed

        request = headers, size, body
        headers, size, body = packed.chosen(settings, request, size_max, is_single)
    return make_request("POST", url, headers, size, body(size, largest, parts, batch))


def _is_single(mode, batch, is_limited):
    """Return whether the batch is sent as a single point."""
    if mode == "batch" or batch.mask & (batch.mask - 1):
        return False
    # Batches halved in a search for a bad reading keep the form that was refused.
    return mode == "single" or (not is_limited and _is_lone(batch))


def _is_lone(batch):
    """Return whether the current reading is the only one, and go back to it."""
    if batch.waiting == 1:
        return True
    is_lone = not batch.next()
    batch.open(1 if is_lone else batch.count_max)
    batch.next()
    return is_lone
