"""Output that the device only writes into buffers, returned as text for the tests."""

from wherry import reading
from wherry.http import digits


def stamp_text(s, ms=reading.NO_MS):
    """Return the stamp as RFC 3339 text."""
    buffer = bytearray(32)
    return bytes(buffer[: digits.put_stamp(buffer, 0, s, ms)]).decode()


def value_text(value, decimals):
    """Return value / 10**decimals as text."""
    buffer = bytearray(32)
    return bytes(buffer[: digits.put_value(buffer, 0, value, decimals)]).decode()


def json_text(text):
    """Return text as the content of a JSON string."""
    buffer = bytearray(6 * len(text) + 6)
    return bytes(buffer[: reading.put_json(buffer, 0, text)]).decode()
