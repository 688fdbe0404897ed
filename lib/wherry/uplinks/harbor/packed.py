"""The bodies of an uplink with `gzip`. Loaded before a request."""

from micropython import const

# A smaller body gains less than the head of gzip and of its chunks adds.
_SIZE_MIN = const(300)


def chosen(settings: dict, request: tuple, size_max: int, is_single):
    """Return (headers, size, body) of a request, as given in `request` or with gzip.

    `body` is as in request.prepare. The settings get `packed`, on which the judgement of the
    answer depends: see gzip_trial.py. A single point is sent as plain JSON.
    """
    headers, size, _ = request
    settings["packed"] = 1 if settings["gzip"] and not is_single and size >= _SIZE_MIN else 0
    if not settings["packed"]:
        return request

    def body(_, largest, parts, batch):
        settings["packed"] = 2
        # Loaded for the first piece: before that TLS needs the memory.
        from wherry.http.gzip_body import chunks

        yield from chunks(size_max, largest, parts, batch)

    return headers + (("Content-Encoding", "gzip"),), -1, body
