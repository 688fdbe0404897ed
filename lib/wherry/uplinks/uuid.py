"""UUIDs (RFC 9562), for the dialects whose servers use them."""

_DASHES = (8, 13, 18, 23)


def is_uuid(text: str) -> bool:
    """Return whether a text is a UUID: 36 characters, hexadecimal digits and four dashes."""
    # As bytes: on the chip every character taken from a str would stay interned.
    octets = text.encode()
    if len(octets) != 36:
        return False
    for i in range(36):
        if octets[i] not in (b"-" if i in _DASHES else b"0123456789abcdefABCDEF"):
            return False
    return True
