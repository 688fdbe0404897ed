"""Readings: scaled integers and stamps, and how they are written as JSON without floats.

A channel is a tuple (name, unit, decimals). A value is an integer, the physical value times
10**decimals, and |value| <= VALUE_MAX so that it stays a small int on the chip. A stamp is
(seconds since 2000-01-01 UTC, milliseconds); milliseconds are NO_MS for stamps in whole seconds.
"""

from micropython import const

VALUE_MAX = (1 << 30) - 1
# At most this many channels in a row: its values always fit in a frame.
ROW_CHANNELS_MAX = const(32)
NO_MS = const(-1)


def value_bounds(value: int, decimals: int) -> tuple:
    """Return how many bytes put_value writes, and the least and greatest value of that size."""
    size = decimals + 2 if decimals else 1
    low = 0
    end = 10 ** (decimals + 1)
    n = -value if value < 0 else value
    while n >= end:
        low = end
        end *= 10
        size += 1
    if value < 0:
        return size + 1, 1 - end, -low or -1
    return size, low, end - 1


def put_json(buffer, at: int, text: str) -> int:
    """Write text as the content of a JSON string (RFC 8259 section 7); return the end."""
    for octet in text.encode():
        if octet < 32:
            buffer[at : at + 4] = b"\\u00"
            buffer[at + 4] = 48 + (octet >> 4)
            buffer[at + 5] = b"0123456789abcdef"[octet & 15]
            at += 6
            continue
        if octet in b'"\\':
            buffer[at] = 92
            at += 1
        buffer[at] = octet
        at += 1
    return at


def json_text(text: str):
    """Return text as the content of a JSON string, in UTF-8."""
    octets = text.encode()
    if octets and min(octets) > 31 and b'"' not in octets and b"\\" not in octets:
        return octets
    # A character needs at most six bytes.
    buffer = bytearray(6 * len(octets))
    return buffer[: put_json(buffer, 0, text)]
