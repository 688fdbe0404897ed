"""Numbers and times in HERE's format, and which channel is a latitude."""

from micropython import const

from wherry.http.digits import put_value
from wherry.reading import NO_MS, value_bounds
from wherry.sending.batch.joined import LATITUDES

# 2000-01-01 is Unix second 946 684800: in two parts, as the sum is not a small int on the chip.
_UNIX_HIGH = const(946)
_UNIX_LOW = const(684_800)
_MILLION = const(1_000_000)


def put_unix_ms(buffer, s: int, ms: int) -> None:
    """Write the stamp as 13 digits of Unix milliseconds; NO_MS counts as 0."""
    low = s % _MILLION + _UNIX_LOW
    high = s // _MILLION + _UNIX_HIGH + low // _MILLION
    buffer[:] = b"%04d%06d%03d" % (high, low % _MILLION, 0 if ms == NO_MS else ms)


def unix_ms(s: int, ms: int) -> bytearray:
    """Return the stamp as 13 digits of Unix milliseconds."""
    buffer = bytearray(13)
    put_unix_ms(buffer, s, ms)
    return buffer


def number(value: int, decimals: int) -> bytearray:
    """Return value / 10**decimals as JSON."""
    text = bytearray(value_bounds(value, decimals)[0])
    put_value(text, 0, value, decimals)
    return text


def whole(value: int, decimals: int) -> int:
    """Return value / 10**decimals, rounded."""
    unit = 10**decimals
    return (value + unit // 2) // unit


def latitude_of(channels):
    """Return the index of the channel that is a latitude, or None without one."""
    for i, (name, _, _) in enumerate(channels):
        if name.lower().split("_")[-1] in LATITUDES:
            return i
    return None
