"""Digits and stamps: exact, and the same bytes on every interpreter."""

import json
from binascii import crc32

from support.node.texts import json_text, stamp_text, value_text
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


def test_values_read_back_exactly():
    n = -3_000_017
    count = 0
    while n < 3_000_000:
        for decimals in (0, 1, 2, 5):
            text = value_text(n, decimals)
            digits = text.replace(".", "").replace("-", "")
            assert int(digits) * (-1 if n < 0 else 1) == n, (n, decimals)
            assert decimals == 0 or len(text.split(".")[1]) == decimals, (n, decimals)
            count += 1
        n += 997
    print(count, "values read back")


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


def test_values_within_the_bounds_have_the_same_size():
    for decimals in range(7):
        for value in (0, 1, -1, 9, 10, -9, -10, 99, -100, 5_000, -123_456, 1 << 29, -(1 << 29)):
            size, low, high = reading.value_bounds(value, decimals)
            assert low <= value <= high, (value, decimals)
            found = [len(value_text(n, decimals)) for n in (low - 1, low, high, high + 1)]
            # The size also changes from -1 to 0, because 0 has no sign.
            assert found[1] == found[2] == size, (value, decimals)
            assert found[0] != size and found[3] != size, (value, decimals)


def test_bounds_of_some_written_values():
    for value, decimals, expected in (
        (0, 0, (1, 0, 9)), (9, 0, (1, 0, 9)), (10, 0, (2, 10, 99)), (-1, 0, (2, -9, -1)),
        (-10, 0, (3, -99, -10)), (0, 1, (3, 0, 99)), (100, 1, (4, 100, 999)),
        (-5, 2, (5, -999, -1)), (-1000, 2, (6, -9999, -1000)),
        (reading.VALUE_MAX, 6, (11, 10**9, 10**10 - 1)),
    ):  # fmt: skip
        assert reading.value_bounds(value, decimals) == expected, (value, decimals)
    assert reading.VALUE_MAX == 1_073_741_823
    assert (reading.ROW_CHANNELS_MAX, reading.NO_MS) == (32, -1)


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


def test_each_hour_and_each_minute_has_its_time():
    for minute in range(0, 1440, 7):
        hours, minutes = divmod(minute, 60)
        for s, ms in ((0, -1), (59, 999), (minutes, minute % 1000)):
            text = "2026-11-20T%02d:%02d:%02d" % (hours, minutes, s)
            text += "Z" if ms < 0 else ".%03dZ" % ms
            # 9,820 days after the beginning of 2000.
            assert stamp_text(9_820 * 86_400 + 60 * minute + s, ms) == text


def test_json_text_is_parsed_back_unchanged():
    for text in ("plain", 'a"b', "back\\slash", "tab\tnew\n", "Zürich °C", "\x00\x1f"):
        assert json.loads('"' + json_text(text) + '"') == text, text


def test_only_control_codes_quotes_and_backslashes_are_escaped():
    for code in range(0x180):
        text = chr(code)
        plain = text.encode()
        expected = b"\\" + plain if text in '"\\' else plain
        if code < 32:
            expected = b"\\u%04x" % code
        assert bytes(reading.json_text(text)) == expected, code
        assert bytes(reading.json_text("é" + text + " ")) == "é".encode() + expected + b" ", code
        buffer = bytearray(b"\xa5" * 12)
        end = reading.put_json(buffer, 3, text)
        assert end == 3 + len(expected) and buffer[3:end] == expected, code
        assert buffer[:3] == b"\xa5" * 3 and buffer[end:] == b"\xa5" * (12 - end), code
    assert bytes(reading.json_text("")) == b""
    # The largest size of any text.
    assert bytes(reading.json_text("\x00\x1f")) == b"\\u0000\\u001f"
