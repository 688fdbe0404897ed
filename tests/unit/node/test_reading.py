"""Digits and stamps: exact, and the same bytes on every interpreter."""

from binascii import crc32

from support.node.texts import stamp_text, value_text
from wherry import reading
from wherry.http import digits


def test_values_are_printed_exactly():
    cases = (
        (0, 0, "0"), (0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (2137, 2, "21.37"),
        (-2137, 2, "-21.37"), (10, 0, "10"), (99999, 5, "0.99999"), (100000, 5, "1.00000"),
        (reading.VALUE_MAX, 6, "1073.741823"), (-reading.VALUE_MAX, 0, "-1073741823"),
    )  # fmt: skip
    for value, decimals, text in cases:
        assert value_text(value, decimals) == text, (value, decimals)


def test_210_000_values_are_printed_as_decimal_prints_them():
    buffer = bytearray(16)
    seed = 1
    crc = 0
    for i in range(210_000):
        seed = seed * 1_103_515_245 + 12_345 & 0x7FFFFFFF
        value = (seed & reading.VALUE_MAX) >> i % 30
        value = -value if seed >> 30 else value
        end = digits.put_value(buffer, 0, value, i % 7)
        buffer[end] = 10
        crc = crc32(memoryview(buffer)[: end + 1], crc)
    # The CRC of format(Decimal(value).scaleb(-decimals), "f") on CPython, one line per value.
    assert crc == 0xE893D4DC
    print("210000 values printed as decimal.Decimal prints them")


def test_stamps_are_printed_exactly():
    cases = (
        (0, -1, "2000-01-01T00:00:00Z"),
        (59, 7, "2000-01-01T00:00:59.007Z"),
        (5097599, 999, "2000-02-28T23:59:59.999Z"),
        (5097600, 0, "2000-02-29T00:00:00.000Z"),
        (366 * 86400, -1, "2001-01-01T00:00:00Z"),
        (848_477_918, 250, "2026-11-20T08:18:38.250Z"),
        ((1 << 30) + 5, -1, "2034-01-09T13:37:09Z"),
        (3_155_759_999, -1, "2099-12-31T23:59:59Z"),
        (3_160_857_600, -1, "2100-03-01T00:00:00Z"),
    )
    for s, ms, text in cases:
        assert stamp_text(s, ms) == text, (s, ms, stamp_text(s, ms))


def test_each_months_first_and_last_day_has_its_stamp():
    day = 0
    for year in range(2000, 2401):
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        for month, days in enumerate((31, 28 + is_leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)):
            # Check the first years, and the years around each century of a 400-year cycle.
            if year < 2013 or year % 100 in (0, 1, 99):
                for of_month in (1, days):
                    text = "%04d-%02d-%02dT12:34:56Z" % (year, month + 1, of_month)
                    s = (day + of_month - 1) * 86_400 + 45_296
                    assert stamp_text(s) == text, (text, stamp_text(s))
            day += days


def test_only_control_codes_quotes_and_backslashes_are_escaped():
    for code in range(0x180):
        text = chr(code)
        plain = text.encode()
        expected = b"\\" + plain if text in '"\\' else plain
        if code < 32:
            expected = b"\\u%04x" % code
        assert bytes(reading.json_text(text)) == expected, code
