"""The server reads values as the official one does: nested JSON, numbers in strings, times."""

import math

import pytest
from wherry_host.server.dialects.harbor.points import to_number
from wherry_host.server.rfc3339 import UNSTORABLE_US, parse_us
from wherry_host.server.strict_json import DEPTH_MAX, decode

DEPTHS = (1, 499, 500, 501, 999, 1000, 1001, DEPTH_MAX - 1, DEPTH_MAX)


def is_read(text):
    try:
        decode(text.encode())
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("start", "inner", "end"), [("[", "0", "]"), ('{"a\\"[":', "1", "}")])
def test_nested_json_is_read_and_its_faults_are_found(depth, start, inner, end):
    whole = start * depth + inner + end * depth
    other = "}" if end == "]" else "]"
    assert is_read(whole)
    for fault in (whole[:-1], whole + end, whole + '"', start * depth + '"' + end * depth):
        assert not is_read(fault), fault[-9:]
    for at in {1, depth // 2 + 1, depth}:
        assert not is_read(whole[:-at] + other + whole[len(whole) - at + 1 :]), at


def test_members_are_found_next_to_deeply_nested_ones():
    deep = "[" * 9000 + "]" * 9000
    read = decode(f'[{{"a":1,"x":{deep},"b":[2,{deep}]}},{deep},3]'.encode())
    assert (read[0]["a"], read[0]["b"][0], read[2]) == (1, 2, 3)


@pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 100_000])
def test_the_depth_of_json_is_limited(depth):
    for text in ("[" * depth + "]" * depth, "[" * depth, '{"a":' * depth):
        with pytest.raises(ValueError, match="exceeded max depth"):
            decode(text.encode())


def test_the_limit_of_depth_does_not_limit_the_length():
    assert decode(b"[" + b'{"a":[]},' * DEPTH_MAX + b"{}]") == [{"a": []}] * DEPTH_MAX + [{}]


NUMBERS = {
    "0x1p4": 16, "0x_1p4": 16, "0X_1_0P+0": 16, "-0x1.8p1": -3, "0x.8p1": 1, "0x1.p1": 2,
    "0x1p1_0": 1024, "1_000": 1000, "1_0e1_0": 1e11, "+1.5": 1.5, ".5": 0.5, "5.": 5, "1e-400": 0,
    "inf": math.inf, "-Infinity": -math.inf,
    "0x1": None, "0xp1": None, "0x_.8p1": None, "0x1__0p0": None, "0x1_p0": None, "0x1._8p1": None,
    "_0x1p4": None, "0x1p_4": None, "0x1p4_": None, "0x1p9999": None, "1__0": None, "_1": None,
    "1_": None, "1e400": None, "+nan": None, "": None, " 1": None, "\uff11": None,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_in_strings(text):
    assert to_number(text) == NUMBERS[text]


DAY_US = 86_400_000_000
YEAR_ZERO_US = -62_167_219_200_000_000
TIMES = {
    "1970-01-01T00:00:00Z": 0,
    "1970-01-01T00:00:00+00:60": -3_600_000_000,
    "1970-01-01T00:00:00-23:59": DAY_US - 60_000_000,
    "1970-01-01T00:00:00-23:60": UNSTORABLE_US,
    "1970-01-01T00:00:00+24:00": UNSTORABLE_US,
    "1970-01-01T00:00:00+24:60": UNSTORABLE_US,
    "1970-01-01T00:00:00+25:00": None,
    "1970-01-01T00:00:00+00:61": None,
    "0000-01-01T00:00:00Z": YEAR_ZERO_US,
    "0000-01-01T00:00:00+23:59": YEAR_ZERO_US - DAY_US + 60_000_000,
    "0000-02-29T00:00:00Z": YEAR_ZERO_US + 59 * DAY_US,
    "0001-01-01T00:00:00Z": YEAR_ZERO_US + 366 * DAY_US,
    "0001-02-29T00:00:00Z": None,
    "0000-00-01T00:00:00Z": None,
}


@pytest.mark.parametrize("text", TIMES)
def test_times_at_the_border(text):
    assert parse_us(text) == TIMES[text]
