"""The date of an HTTP answer (RFC 9110 section 5.6.7). No I/O. Loaded on demand."""

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def seconds(text: str) -> int | None:
    """Return the seconds since 2000-01-01 UTC of an IMF-fixdate, or None for another text.

    Such a date is "Sun, 06 Nov 1994 08:49:37 GMT". The name of the day is not compared; years
    before 2000 give a negative number.
    """
    month = _MONTHS.find(text[8:11])
    digits = text[5:7] + text[12:16] + text[17:19] + text[20:22] + text[23:25]
    marks = text[3:5] + text[7:8] + text[11:12] + text[16:17] + text[19:20] + text[22:23]
    if len(text) != 29 or month % 3 or marks + text[25:] != ",    :: GMT" or not digits.isdigit():
        return None
    date = days(int(digits[2:6]), month // 3, int(digits[:2]))
    return ((date * 24 + int(digits[6:8])) * 60 + int(digits[8:10])) * 60 + int(digits[10:])


def days(year: int, month: int, day: int) -> int:
    """Return the days from 2000-01-01 to a date; `month` is 0 for January."""
    year -= 2000
    # Years from March on, so that a leap day is the last one of its year.
    if month < 2:
        year, month = year - 1, month + 12
    return day + year * 365 + year // 4 - year // 100 + year // 400 + (month * 153 - 9) // 5
