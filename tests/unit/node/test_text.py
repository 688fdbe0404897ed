"""Strings: printable characters and sizes in bytes, at each bound."""

from wherry.text import cut, is_plain, is_text, size

# Characters with one to four bytes in UTF-8.
MIXED = "aé€\U0001f600zß\u20ac"


def test_control_codes_separators_and_surrogates_are_not_printable():
    for first, last, prints in (
        (0, 31, False), (32, 126, True), (127, 159, False), (160, 0x2027, True),
        (0x2028, 0x202F, False), (0x2030, 0xD7FF, True), (0xD800, 0xDFFF, False),
        (0xE000, 0x10FFFF, True),
    ):  # fmt: skip
        # Check each bound, and characters that a wrong shift would mistake for a surrogate.
        for code in (first, first + 1, last - 1, last, 0x3000, 0x6C00, 0x6FFF, 0x1B000):
            if first <= code <= last:
                assert is_plain(chr(code)) is prints, hex(code)


def test_the_size_of_a_text_is_its_number_of_bytes():
    for text, count in (
        ("", 0), ("a", 1), ("\x7f", 1), ("\x80", 2), ("\u07ff", 2), ("\u0800", 3), ("\uffff", 3),
        ("\U00010000", 4), (MIXED, 16),
    ):  # fmt: skip
        assert size(text) == count, (text, count)


def test_bounds_of_a_text_are_in_bytes_and_inclusive():
    for text, count in (("abc", 3), ("é€", 5), ("", 0)):
        for low in range(7):
            for high in range(7):
                assert is_text(text, low, high) is (low <= count <= high), (text, low, high)


def test_other_values_are_not_plain_text():
    for value in (b"abc", 5, None, True, ["abc"], {}, "a\nb", "\x00", "a\x7f", "\u2028b"):
        assert is_text(value, 0, 100) is False, value
    assert is_text("a\u2030\U0001f600", 8, 8) is True


def test_a_cut_text_has_as_many_whole_characters_as_fit():
    for text in (MIXED, "abc", "é" * 5, "\U0001f600" * 3, ""):
        for size_max in range(20):
            expected = ""
            while len(expected) < len(text):
                longer = text[: len(expected) + 1]
                if len(longer.encode()) > size_max:
                    break
                expected = longer
            assert cut(text, size_max) == expected, (text, size_max)
