"""Which texts print as they are. A node loads this where a server names Wi-Fi networks."""


def is_plain(c: str) -> bool:
    """Return whether a character prints as itself: no control code, separator or surrogate."""
    code = ord(c)
    return 32 <= code < 127 or (160 <= code < 0x2028) or (code >= 0x2030 and code >> 11 != 27)


def is_text(value, low: int, high: int) -> bool:
    """Return whether it is a text of `low` to `high` characters, all of them plain."""
    return type(value) is str and low <= len(value) <= high and all(is_plain(c) for c in value)
