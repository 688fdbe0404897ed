"""Checks that strings are printable, and measures them as UTF-8, their form in flash and requests.

A node loads this if a server names Wi-Fi networks.
"""


def is_plain(c: str) -> bool:
    """Return whether a character is printable: not a control code, separator or surrogate."""
    code = ord(c)
    return 32 <= code < 127 or (160 <= code < 0x2028) or (code >= 0x2030 and code >> 11 != 27)


def is_text(value, low: int, high: int) -> bool:
    """Return whether a value is a printable string of `low` to `high` bytes of UTF-8."""
    if type(value) is not str or not all(is_plain(c) for c in value):
        return False
    return low <= size(value) <= high


def size(text: str) -> int:
    """Return the size of a string in bytes of UTF-8; it must not contain surrogates."""
    return len(text.encode())


def cut(text: str, size_max: int) -> str:
    """Return a string cut, between two characters, to at most `size_max` bytes of UTF-8."""
    octets = text.encode()
    end = min(len(octets), size_max)
    while end < len(octets) and octets[end] & 0xC0 == 0x80:
        end -= 1
    return str(octets[:end], "utf-8")
