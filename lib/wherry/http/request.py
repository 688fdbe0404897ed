"""A request, created by a dialect and sent by the link, and the size of readings in its body."""

from micropython import const

from wherry.reading import value_bounds

# The size of -1073741823 with a decimal point.
_VALUE_SIZE_MAX = const(12)
# The size of a stamp and `"},` without and with milliseconds: see json_body.py.
_STAMP_SIZE = const(23)
_STAMP_MS_SIZE = const(27)


class Request:
    """A request to a server; create it with `make_request`.

    headers are pairs (name, value). body_size is in bytes, None without a body, or -1 if the body
    consists of chunks. body yields its pieces, each valid until the next one. The class has no
    methods, because methods would keep the module in the heap.
    """

    method: str
    url: str
    headers: tuple
    body_size: int | None
    body: object


def make_request(method: str, url: str, headers=(), body_size=None, body=()) -> Request:
    """Return a Request."""
    made = Request()
    made.method = method
    made.url = url
    made.headers = headers
    made.body_size = body_size
    made.body = body
    return made


def reading_sizes(head_size, key_size: int, batch) -> tuple:
    """Return (bytes of the row's readings, bytes of the largest possible reading, count).

    `count` is the number of the row's readings. `head_size(name)` is the number of bytes before
    the value of a channel, `key_size` the number between value and stamp. Each reading includes
    the comma after it.
    """
    readings = largest = count = 0
    for i in range(len(batch.channels)):
        name, _, decimals = batch.channels[i]
        common = head_size(name) + key_size
        largest = max(largest, common + _VALUE_SIZE_MAX + _STAMP_MS_SIZE)
        if batch.mask >> i & 1:
            readings += common + (_STAMP_SIZE if batch.ms < 0 else _STAMP_MS_SIZE)
            readings += value_bounds(batch.values[i], decimals)[0]
            count += 1
    return readings, largest, count
