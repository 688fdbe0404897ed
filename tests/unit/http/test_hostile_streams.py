"""Endless streams and streams of 1 MB: the reader uses little heap, and its verdict is correct.

Each stream is created in pieces of the size that the link reads at a time. The table states after
how many bytes there must be a verdict.
"""

# This module is loaded in advance, because its code is not part of a stream's heap.
import wherry.http.chunks  # noqa: F401
from support.node import heap
from support.uplinks.http_answers import CHUNKED, HARBOR_202, OK
from wherry.http.response import ProtocolError, ResponseReader

PIECE_SIZE = 256
MB = 1 << 20
# The heap that a reader may use while it is fed: 1,024 bytes of body, a few headers of 256 bytes.
LIVE_SIZE_MAX = 3072

LENGTH_MB = OK + b"Content-Length: 1048576\r\n\r\n"
ITEM = b'{"message":"all is well","count":200},'
INTERIM = b"HTTP/1.1 102 Wait\r\n"
FINISHED, AT_EOF, REFUSED, UNFINISHED = "finished", "finished at the end", "refused", "unfinished"

# name, head, repeated part after it, most bytes fed, outcome, most bytes until the outcome
STREAMS = (
    ("1 MB of JSON", LENGTH_MB, ITEM, MB + len(LENGTH_MB), FINISHED, MB + 256),
    ("1 MB of JSON to the end", OK + b"\r\n", ITEM, MB, AT_EOF, MB),
    ("more than 1 MB to the end", OK + b"\r\n", ITEM, 2 * MB, REFUSED, MB + 512),
    ("1 MB in a chunk", CHUNKED + b"100000\r\n", ITEM, 2 * MB, REFUSED, MB + 4608),
    ("chunks of a byte", CHUNKED, b"1\r\n[\r\n", MB >> 2, UNFINISHED, MB),
    ("chunks with words", CHUNKED, b"1;a=bcdefghi\r\n[\r\n", MB, REFUSED, 2048),
    ("a chunk's endless line", CHUNKED + b"1;", b"e", MB, REFUSED, 4608),
    ("a huge chunk", CHUNKED + b"ffffffff\r\n", ITEM, MB, REFUSED, 256),
    ("a length too long", OK + b"Content-Length: 1048576\r\n\r\n", ITEM, 4096, UNFINISHED, 4096),
    ("a length too short", OK + b"Content-Length: 9\r\n\r\n", ITEM, MB, FINISHED, 256),
    ("a huge length", OK + b"Content-Length: 99999999\r\n\r\n", ITEM, MB, REFUSED, 256),
    ("endless trailers", CHUNKED + b"0\r\n", b"T: x\r\n", MB, REFUSED, 1024),
    ("endless headers", OK, b"A: b\r\n", MB, REFUSED, 1024),
    ("endless long headers", OK, b"A: " + b"b" * 900 + b"\r\n", MB, REFUSED, 65536),
    ("endless wanted headers", OK, b"Location: /" + b"b" * 200 + b"\r\n", MB, REFUSED, 32768),
    ("an endless header", OK + b"Location: /", b"b", MB, REFUSED, 4608),
    ("an endless name", OK, b"b", MB, REFUSED, 4608),
    ("an endless status line", b"HTTP/1.1 200 ", b"k", MB, REFUSED, 4608),
    ("endless 1xx", b"", INTERIM + b"\r\n", MB, REFUSED, 256),
    ("1xx with endless headers", INTERIM, b"A: b\r\n", MB, REFUSED, 1024),
    ("endless blank lines", b"", b"\r\n", MB, REFUSED, 256),
    ("HTTP/0.9", b"<html>\n", b"<p>all is well</p>\n", MB, REFUSED, 256),
    ("JSON without a head", b"", ITEM, MB, REFUSED, 4608),
    ("zeros", b"", bytes(64), MB, REFUSED, 4608),
    ("every octet", b"", bytes(range(256)), MB, REFUSED, 512),
    ("TLS in TLS", b"\x16\x03\x03\x02\x00\x02", b"\x5a\x0a\xa5", MB, REFUSED, 256),
    ("data behind the answer", HARBOR_202, b"\xff\x00", MB, FINISHED, 256),
    ("answers behind the answer", b"", HARBOR_202, MB, FINISHED, 256),
)  # fmt: skip


def pieces(head, repeated, size):
    """Yield `size` bytes in pieces: the head, then the repeated part."""
    kept = bytearray(head)
    while size > 0:
        while len(kept) < PIECE_SIZE:
            kept += repeated * (PIECE_SIZE // len(repeated) + 1)
        count = min(size, PIECE_SIZE)
        yield memoryview(kept)[:count]
        kept = kept[count:]
        size -= count


def drink(reader, stream):
    """Feed a stream, then close it; return (outcome, bytes until it was known, peak heap)."""
    taken = most = count = 0
    base = heap.live_size()
    try:
        for piece in stream:
            reader.feed(piece)
            if not reader.done:
                taken += len(piece)
            # Measure after each of the first pieces, which have lines; then after every hundredth.
            count += 1
            if count < 20 or count % 100 == 0:
                most = max(most, heap.live_size() - base)
    except ProtocolError:
        return REFUSED, taken, most
    outcome = FINISHED if reader.done else AT_EOF
    try:
        reader.eof()
    except ProtocolError:
        outcome = UNFINISHED
    return outcome, taken, most


def test_hostile_streams_use_little_heap_and_end():
    most = 0
    for name, head, repeated, size, expected, taken_max in STREAMS:
        heap.start()
        outcome, taken, live = drink(ResponseReader(), pieces(head, repeated, size))
        heap.stop()
        assert outcome == expected and taken <= taken_max, (name, outcome, taken)
        assert live <= LIVE_SIZE_MAX, (name, live)
        most = max(most, live)
    print(len(STREAMS), "streams, at most", most, "bytes alive")
