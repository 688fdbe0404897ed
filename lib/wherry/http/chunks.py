"""The lines of a chunked body (RFC 9112, section 7.1), for the reader in response.py."""

from micropython import const

# The longest line with only a size; extensions count against the head's limit.
_SIZE_LINE_MAX = const(8)


def size_line(reader, line: bytes) -> None:
    """Take the line before a chunk: its size in hex, and extensions, which are ignored."""
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
