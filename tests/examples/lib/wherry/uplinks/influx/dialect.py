"""InfluxDB's line protocol: a line per reading, `NODE,channel=NAME value=21.5 MILLISECONDS`.

A point with the same measurement, tags and time replaces the earlier one, so sending again is
harmless. An empty line is ignored: it fills the body up to Content-Length. Source: InfluxDB 1.8,
"Line protocol reference" and "/write HTTP endpoint".
"""

from micropython import const
from wherry.reading import value_bounds
from wherry.sending import verdict

BATCH_COUNT_MAX = const(200)
_BODY_SIZE_MAX = const(16_000)
# The size of -1073741823 with a decimal point; of a space, 13 digits and the end of the line.
_VALUE_SIZE_MAX = const(12)
_STAMP_SIZE = const(15)
# From 1970 to 2000.
_UNIX_S = const(946_684_800)


def next_request(settings: dict, session, batch):
    """Return the http.request.Request for the batch, or None if it is empty."""
    count_max = batch.learned_max or BATCH_COUNT_MAX
    if batch.waiting > 0:
        count_max = min(count_max, batch.waiting)
    batch.open(count_max)
    if not batch.next():
        return None
    name = settings["name"]
    heads = [_head(name, channel[0]) for channel in batch.channels]
    largest = max([len(head) for head in heads]) + _VALUE_SIZE_MAX + _STAMP_SIZE
    # The first row always fits.
    size = max(len(heads) * largest, min(_BODY_SIZE_MAX, batch.count_max * largest))
    headers = (("Authorization", "Token " + settings["token"]), ("Content-Type", "text/plain"))
    from wherry.http.request import make_request

    return make_request("POST", settings["endpoint"], headers, size, _lines(name, size, batch))


def _lines(name, size, batch):
    """Yield the lines of the rows that fit, and take the rows; then empty lines."""
    channels = heads = None
    while True:
        if batch.channels is not channels:
            channels = batch.channels
            heads = [_head(name, channel[0]) for channel in channels]
        stamp = b" %d%03d\n" % (batch.s + _UNIX_S, max(0, batch.ms))
        lines = b""
        for i in range(len(channels)):
            if batch.mask >> i & 1:
                lines += heads[i] + _number(batch.values[i], channels[i][2]) + stamp
        if len(lines) > size:
            break
        size -= len(lines)
        batch.take(batch.mask)
        yield lines
        if not batch.next():
            break
    while size:
        count = min(size, 64)
        size -= count
        yield b"\n" * count


def _head(name, channel):
    """Return the beginning of a channel's lines, with the characters escaped that separate."""
    return ("%s,channel=%s value=" % (_escaped(name), _escaped(channel))).encode()


def _escaped(text):
    for each in ("\\", ",", " ", "="):
        text = text.replace(each, "\\" + each)
    return text


def _number(value, decimals):
    from wherry.http.digits import put_value

    text = bytearray(value_bounds(value, decimals)[0])
    put_value(text, 0, value, decimals)
    return text


def judge(settings: dict, session, response, count: int):
    """Return (verdict, note) for an answer to `count` readings; a success has no body."""
    from wherry.sending.status import of_status

    note = "HTTP %d" % response.status
    if response.status == 204:
        return verdict.DELIVERED, note
    kind = of_status(response.status)
    if kind == verdict.DENIED:
        is_key = response.status in (401, 403)
        note += ": check token" if is_key else ": check endpoint and database"
    return kind, note
