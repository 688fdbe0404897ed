"""Tables of a hostile server's actions towards a node; a connection gets one action.

An action either accepts the request as the real server would and then answers oddly, or accepts
nothing and must not be believed. `says` and `takes_and_says` make actions from bytes.
"""

from support.boards.hostile_server import QUIET_S, behaves
from support.uplinks.http_answers import CHUNKED, HARBOR_202, OK
from wherry.http.response import ResponseReader

MB = 1 << 20
ITEM = b'{"message":"all is well","count":200},'
JSON_MB = (ITEM * (MB // len(ITEM) + 1))[:MB]
LIE = b'HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\n\r\n{"status":"a"}'
REFUSAL = b"HTTP/1.1 429 Too Many\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# How an action ends a connection.
SILENT, HANGS_UP, GOES, RESETS = "silent", "hangs up", "goes without goodbye", "resets"


def says(octets, then=SILENT):
    """Make an action that accepts nothing, sends the bytes, and then does what `then` names."""

    def action(wire):
        wire.request()
        wire.say(octets)
        end(wire, then)

    return action


def end(wire, then):
    """End a connection as `then` says, or wait until the board ends it."""
    if then == SILENT:
        wire.await_end()
    elif then == HANGS_UP:
        wire.say_goodbye()
    elif then == GOES:
        wire.vanish()
    elif then == RESETS:
        wire.reset()


def takes_and_says(change):
    """Make an action that accepts a request and sends `change(status, body)` as the answer."""

    def action(wire):
        reader = ResponseReader()
        reader.feed(wire.take())
        wire.say(change(reader.status, bytes(reader.body)))
        behaves(wire)

    return action


def framed(status, body, size=None):
    """Return an answer, with a wrong length if a size is given."""
    size = len(body) if size is None else size
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, size, body)


def babbles(head, repeated):
    """Make an action that accepts nothing and sends `repeated` until the board disconnects."""

    def action(wire):
        wire.request()
        wire.say(head)
        while True:
            wire.say(repeated * (4096 // len(repeated) + 1))

    return action


def speaks_at_once(wire):
    """Send a good answer before any request, and read nothing."""
    wire.await_end()


speaks_at_once.greeting = LIE


def speaks_early(octets):
    """Make an action that answers a request of which only the head has arrived."""

    def action(wire):
        wire.head()
        wire.say(octets)
        wire.await_end()

    return action


def garbles(wire):
    """Send bytes below TLS in the middle of an answer."""
    wire.request()
    wire.say(HARBOR_202[:60])
    wire.say_below(b"\x17\x03\x03\x00\x40" + b"\xa5" * 64)
    wire.await_end()


def cut_at(size, then):
    """Return an action that closes the connection after `size` bytes of a good answer."""
    return says(HARBOR_202[:size], then)


# The next actions send a second answer without a request. A board that sends its next request on
# the same connection and believes this answer loses its readings, because the server accepts
# nothing more on that connection.


def twice_in_a_record(wire):
    """Send both answers in one record."""
    wire.say(wire.take() + LIE)
    wire.await_end()


def twice_in_a_segment(wire):
    """Send both answers in separate records that arrive together."""
    wire.say_below(wire.sealed(wire.take()) + wire.sealed(LIE))
    wire.await_end()


def _answer_all(wire):
    """Answer until the board is quiet but keeps the connection open for its next upload."""
    while True:
        wire.say(wire.take())
        if not wire.asks_within(QUIET_S):
            return


def _pass_on(wire):
    """Forward a request sent before the false answer: no board can tell that the answer is false.

    This happens if this computer stalls for longer than the board is quiet.
    """
    wire.take()
    behaves(wire)


def once_more_later(wire):
    """Send a second answer while the board is quiet."""
    _answer_all(wire)
    wire.say(LIE)
    if wire.has_asked():
        _pass_on(wire)
    wire.await_end()


def half_of_it_later(wire):
    """Send half the record of a second answer, and the rest after the board's next request."""
    _answer_all(wire)
    record = wire.sealed(LIE)
    wire.say_below(record[:9])
    was_out = wire.has_asked()
    if not was_out:
        wire.await_bytes()
    wire.say_below(record[9:])
    if was_out:
        _pass_on(wire)
    wire.await_end()


# name: (action, pattern of the line that the console must print)
TAKEN = "harbor: delivered"
# The node stays awake for the server, or comes back later if the upload has little time left.
BUSY = "harbor: HTTP 429; (again|next try) in"
# A success of no server that stores readings.
TEXT = "harbor: HTTP 20[02], but no JSON object; next try in"
PAGE = 'harbor: HTTP 20[02], but a web page: "Sign in"; next try in'
OTHER = 'harbor: HTTP 20[02], but another API\'s object: "status"; next try in'
SIZE, END, LATE = "bad HTTP answer: size", "bad HTTP answer: end", "no answer in time"
BODIES = {
    "endless headers": (babbles(OK, b"A: b\r\n"), SIZE),
    "a cut header": (cut_at(40, GOES), "localhost: "),
    "a cut body": (cut_at(len(HARBOR_202) - 1, HANGS_UP), END),
    "no answer, reset": (cut_at(0, RESETS), "localhost: "),
    "garbage below TLS": (garbles, "localhost: "),
    "a length too long, closed": (says(framed(200, ITEM, 99), HANGS_UP), END),
    "a length too long, silent": (says(framed(200, ITEM, 99)), LATE),
    "a length too short": (says(framed(200, ITEM, 5)), TEXT),
    "a huge length": (says(framed(200, ITEM, 99_999_999)), SIZE),
    "a huge chunk": (says(CHUNKED + b"ffffffff\r\n" + ITEM), SIZE),
    "a bad chunk": (says(CHUNKED + b"2\r\nabc\r\n0\r\n\r\n"), "bad HTTP answer: chunk"),
    "a bad chunk size": (says(CHUNKED + b"0x9\r\n" + ITEM), SIZE),
    "endless trailers": (babbles(CHUNKED + b"0\r\n", b"A: b\r\n"), SIZE),
    "no JSON": (says(framed(202, b"all is well")), TEXT),
    "another API": (says(framed(200, b'{"status":"healthy"}')), OTHER),
    "a web page": (says(framed(200, b"<html><title>Sign in</title>"), HANGS_UP), PAGE),
    "1 MB of JSON": (says(framed(200, JSON_MB)), f"{TEXT}|{LATE}"),
    "more than 1 MB of JSON": (babbles(OK + b"\r\n", JSON_MB), SIZE),
}
SECONDS = {
    "data behind the answer": (takes_and_says(lambda s, b: framed(s, b) + b"\xff" * 2000), TAKEN),
    "two answers in a record": (twice_in_a_record, TAKEN),
    "two answers in a segment": (twice_in_a_segment, TAKEN),
    "a second answer later": (once_more_later, TAKEN),
    "half a second answer": (half_of_it_later, TAKEN),
    "an answer before the request": (speaks_at_once, "answered too early"),
    "an answer that never comes": (says(b""), LATE),
    "a refusal before the body": (speaks_early(REFUSAL), BUSY),
}
# No honest answer comes between these, so each one adds to the node's consecutive failures.
HOSTILE_ONLY = {
    name: (BODIES | SECONDS)[name]
    for name in (
        "endless headers", "a cut body", "garbage below TLS", "an answer before the request",
        "a length too long, silent",
    )
}  # fmt: skip
