"""Writes the numbers and texts of a payload; frame.Cursor reads them."""


def put_varint(buffer, at: int, n: int) -> int:
    """Write n >= 0 as LEB128; return the position behind it."""
    while n > 127:
        buffer[at] = n & 127 | 128
        at += 1
        n >>= 7
    buffer[at] = n
    return at + 1


def put_signed(buffer, at: int, n: int) -> int:
    """Write any n in zigzag form as LEB128; return the position behind it."""
    return put_varint(buffer, at, n << 1 if n >= 0 else (-n << 1) - 1)


def put_text(buffer, at: int, text: str) -> int:
    """Write a text as the size of its UTF-8 and the bytes; return the position behind it."""
    coded = text.encode()
    at = put_varint(buffer, at, len(coded))
    buffer[at : at + len(coded)] = coded
    return at + len(coded)
