"""Unpacks the body of an answer that a server or a proxy has compressed unasked.

RFC 9110, section 12.5.3, allows this: a request without Accept-Encoding takes any coding. Loaded
on demand.
"""

from micropython import const

# An answer is short, so 4 KB are enough: the usual window needs 32 KB of heap.
_WINDOW_BITS = const(12)
_SIZE_MAX = const(2560)


def unpack(response) -> None:
    """Replace a compressed body by the start of the unpacked one.

    It becomes b"" if it is damaged or needs a larger window.
    """
    try:
        response.body = _read(bytes(response.body))
    except Exception:  # Each interpreter has errors of its own for damaged bytes.
        response.body = b""


def _read(body):
    try:
        from deflate import GZIP, DeflateIO
    except ImportError:
        # CPython has another module for it.
        import zlib  # pyright: ignore[reportMissingImports]

        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _SIZE_MAX)
    from io import BytesIO

    return DeflateIO(BytesIO(body), GZIP, _WINDOW_BITS).read(_SIZE_MAX)
