"""Writes a payload's numbers and strings, and reads its strings; frame.Cursor reads numbers."""

from wherry.rows.frame import FrameError


def put_varint(buffer, at: int, n: int) -> int:
    """Write n >= 0 as LEB128; return the position after it."""
    while n > 127:
        buffer[at] = n & 127 | 128
        at += 1
        n >>= 7
    buffer[at] = n
    return at + 1


def put_signed(buffer, at: int, n: int) -> int:
    """Write any n in zigzag form as LEB128; return the position after it."""
    return put_varint(buffer, at, n << 1 if n >= 0 else (-n << 1) - 1)


def put_text(buffer, at: int, text: str) -> int:
    """Write a string as its size and its bytes in UTF-8; return the position after it."""
    coded = text.encode()
    at = put_varint(buffer, at, len(coded))
    buffer[at : at + len(coded)] = coded
    return at + len(coded)


def read_text(cursor) -> str:
    """Return a Cursor's next string: a varint of its size, then UTF-8.

    Raises FrameError if it runs past its frame or is not UTF-8.
    """
    size = cursor.varint()
    if size > cursor.end - cursor.at:
        raise FrameError("a text runs past its frame")
    cursor.at += size
    try:
        return str(bytes(cursor.buffer[cursor.at - size : cursor.at]), "utf-8")
    except UnicodeError:
        raise FrameError("not UTF-8") from None
