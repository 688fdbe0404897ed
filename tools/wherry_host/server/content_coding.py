"""Compressed bodies in the three content codings that the official server knows.

The codings have exactly these names, in lower case; with any other name, a body is left unchanged.
A body that cannot be unpacked is replaced by the error's text, which is refused because it is not
JSON.
"""

import gzip
import zlib
from io import BytesIO

import brotli

#: The official server limits only the size as sent, not this size.
UNPACKED_SIZE_MAX = 67_108_864


def unpacked(body, header):
    """Return a body decoded as its Content-Encoding states, or None if it is too large."""
    for name in (name.strip() for name in header.split(",")):
        if name not in _UNPACKERS:
            break
        try:
            body = _UNPACKERS[name](body)
        except (EOFError, OSError, ValueError, zlib.error, brotli.error) as error:
            return f"{name}: {error}".encode()
        if len(body) > UNPACKED_SIZE_MAX:
            return None
    return body


def packed(body, header):
    """Return (body, coding) in the best coding of an Accept-Encoding; "" means no coding."""
    accepted = [name.strip() for name in header.split(",")]
    for name, pack in _PACKERS.items():
        if name in accepted:
            return pack(body), name
    return body, ""


def _gunzip(body):
    """Unpack one gzip file or several in a row."""
    with gzip.open(BytesIO(body)) as file:
        return file.read(UNPACKED_SIZE_MAX + 1)


def _inflate(body):
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(body, UNPACKED_SIZE_MAX + 1)
    if not unpacker.eof and len(unpacked) <= UNPACKED_SIZE_MAX:
        raise ValueError("unexpected EOF")
    return unpacked


def _unbrotli(body):
    unpacker, pieces, size = brotli.Decompressor(), [], 0
    while not unpacker.is_finished() and size <= UNPACKED_SIZE_MAX:
        pieces.append(unpacker.process(body, output_buffer_limit=UNPACKED_SIZE_MAX + 1 - size))
        size += len(pieces[-1])
        if not pieces[-1] and not body:
            raise ValueError("unexpected EOF")
        body = b""
    return b"".join(pieces)


_UNPACKERS = {"gzip": _gunzip, "deflate": _inflate, "br": _unbrotli, "brotli": _unbrotli}
# The preferred coding comes first.
_PACKERS = {"br": brotli.compress, "gzip": gzip.compress, "deflate": zlib.compress}
