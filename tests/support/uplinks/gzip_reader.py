"""Chunked gzip bodies, unpacked by the interpreter's own module: zlib, or deflate."""

try:
    from zlib import decompress
except ImportError:
    from io import BytesIO

    import deflate

    def decompress(content, _wbits):
        return deflate.DeflateIO(BytesIO(content), deflate.GZIP).read()


_GZIP = 31


def unpacked(body):
    """Return the text of a chunked gzip body; raises an error if it is incomplete."""
    return decompress(joined(body), _GZIP)


def joined(body):
    """Return the content of chunks (RFC 9112 section 7.1)."""
    found = b""
    while True:
        line, _, body = body.partition(b"\r\n")
        size = int(line, 16)
        if not size:
            assert body == b"\r\n"
            return found
        found += body[:size]
        assert body[size : size + 2] == b"\r\n"
        body = body[size + 2 :]
