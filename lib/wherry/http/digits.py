"""Writes values and stamps as digits into a buffer. Loaded with the bodies of uplinks."""

from micropython import const

from wherry.reading import value_bounds

_DAY_S = const(86400)
# Days from 0000-03-01 to 2000-01-01 in the proleptic Gregorian calendar.
_DAYS_TO_2000 = const(730425)
# The size of a stamp with `"},`, without and with ms; the offset of the time in a stamp.
_STAMP_SIZE = const(23)
_STAMP_MS_SIZE = const(27)
_TIME_AT = const(11)


def _put_digits(buffer, at: int, n: int, count: int) -> int:
    """Write n >= 0 as exactly `count` digits; return the position after them."""
    end = at + count
    i = end
    while i > at:
        i -= 1
        buffer[i] = 48 + n % 10
        n //= 10
    return end


def put_value(buffer, at: int, value: int, decimals: int) -> int:
    """Write value / 10**decimals as a JSON number; return the position after it."""
    i = end = at + value_bounds(value, decimals)[0]
    if value < 0:
        buffer[at] = 45
        at += 1
        value = -value
    if decimals:
        while decimals:
            i -= 1
            buffer[i] = 48 + value % 10
            value //= 10
            decimals -= 1
        i -= 1
        buffer[i] = 46
    while i > at:
        i -= 1
        buffer[i] = 48 + value % 10
        value //= 10
    return end


def put_stamp(buffer, at: int, s: int, ms: int) -> int:
    """Write the stamp as RFC 3339 in UTC, such as 2026-11-20T08:00:00.250Z; return the end."""
    # Days to civil date: H. Hinnant, "chrono-compatible low-level date algorithms".
    days = s // _DAY_S + _DAYS_TO_2000
    era = days // 146097
    day_of_era = days - era * 146097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    year = year_of_era + era * 400 + month // 10
    buffer[at : at + 11] = b"0000-00-00T"
    _put_digits(buffer, at, year, 4)
    _put_digits(buffer, at + 5, month + 3 if month < 10 else month - 9, 2)
    _put_digits(buffer, at + 8, day_of_year - (153 * month + 2) // 5 + 1, 2)
    return put_time(buffer, at + 11, s, ms)


def put_time(buffer, at: int, s: int, ms: int) -> int:
    """Write the part of a stamp after its T; return the end."""
    # Inlined for speed: each row of a batch has its own time.
    s %= _DAY_S
    minutes = s // 60
    s %= 60
    hours = minutes // 60
    minutes %= 60
    buffer[at] = 48 + hours // 10
    buffer[at + 1] = 48 + hours % 10
    buffer[at + 2] = buffer[at + 5] = 58
    buffer[at + 3] = 48 + minutes // 10
    buffer[at + 4] = 48 + minutes % 10
    buffer[at + 6] = 48 + s // 10
    buffer[at + 7] = 48 + s % 10
    at += 8
    if ms >= 0:
        buffer[at] = 46
        at = _put_digits(buffer, at + 1, ms, 3)
    buffer[at] = 90
    return at + 1


def next_tail(tail, after, last_s, s, ms):
    """Return the bytes after each value of a row, made from the bytes of the row at `last_s`."""
    size = len(after) + (_STAMP_SIZE if ms < 0 else _STAMP_MS_SIZE)
    if len(tail) != size or s // _DAY_S != last_s // _DAY_S:
        tail = bytearray(size)
        tail[: len(after)] = after
        tail[-3:] = b'"},'
        put_stamp(tail, len(after), s, ms)
    else:
        put_time(tail, len(after) + _TIME_AT, s, ms)
    return tail
