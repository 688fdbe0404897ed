"""Read RFC 3339 times as the official server does: strictly, but an invalid time is not an error.

A time must have a full date, an upper-case T, a time of day and a zone; with any other text, the
point has its time of arrival. Digits after the microsecond are truncated, not rounded. Zones may
have 24 hours or 60 minutes, and the first year is 0.
"""

import re
from datetime import date
from functools import lru_cache

#: The first instant of year 1, which does not count as a time in parts of the official server.
YEAR_ONE_US = -62_135_596_800_000_000
#: A time with a UTC offset of 24 hours or more, which can be read but not written again.
UNSTORABLE_US = -(1 << 62)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# The period after which the calendar repeats; it is used for year 0, which Python lacks.
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


# A node gives all readings of a row the same time, so most times repeat the previous time.
@lru_cache(maxsize=4096)
def parse_us(text):
    """Return Unix microseconds, UNSTORABLE_US, or None if the text is not a time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = match.groups()
    try:
        days = _days(int(year), int(month), int(day))
    except ValueError:
        return None
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    offset_s = _offset_s(sign, zone_hour, zone_minute)
    if offset_s is None:
        return None
    if abs(offset_s) >= 86400:
        return UNSTORABLE_US
    seconds = days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second) - offset_s
    return seconds * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))


def _days(year, month, day):
    if year == 0:
        return _days(_CYCLE_YEARS, month, day) - _CYCLE_DAYS
    return date(year, month, day).toordinal() - _EPOCH_DAY


def _offset_s(sign, hour, minute):
    if sign is None:
        return 0
    if int(hour) > 24 or int(minute) > 60:
        return None
    return int(f"{sign}1") * (int(hour) * 3600 + int(minute) * 60)
