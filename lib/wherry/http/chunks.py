"""The lines of a chunked body (RFC 9112, section 7.1), for a reader of http."""

from micropython import const

# A line of a mere size has no more; extensions count as part of the head.
_SIZE_LINE_MAX = const(8)


def size_line(reader, line: bytes) -> None:
    """Take the line before a chunk: its size in hex, and extensions that nobody asked for."""
    if len(line) > _SIZE_LINE_MAX:
        reader.spend(line)
    size = reader.number(line.partition(b";")[0].rstrip().lower(), 16)
    reader.go_on(_end_line if size else _trailer_line)
    reader.expect(size)


def _end_line(reader, line):
    """Take the empty line after a chunk."""
    if line:
        reader.refuse("chunk")
    reader.go_on(size_line)


def _trailer_line(reader, line):
    """Take a line after the last chunk."""
    reader.spend(line)
    if not line:
        reader.finish()
