"""Error messages for configurations: exact, bounded, and without secrets."""

from wherry.config import messages
from wherry.config.messages import amount_text, nearest, one_line, remedy, seen, shown
from wherry.config.values import SIZES

KEY = "hush7_0123456789abcdef"


def test_each_kind_of_value_has_its_remedy():
    for option, words in (
        (("text", None, 3, 70),
         "give a text in quotes, 3 to 70 bytes of UTF-8 without control codes"),
        (("name", None, 24, "-_"), 'give 1 to 24 letters, digits or any of "-_"'),
        (("count", 30, 0, 3650), "give a whole number without quotes, 0 to 3650"),
        (("bus", "i2c0"), 'give the name of a bus, such as "i2c0"'),
        (("pin", None), "give a pin's number, 0 to 54"),
        (("int", None, 24, 25), "give a whole number without quotes, 24 to 25 (0x18 to 0x19)"),
        (("choice", None, "a", "b"), 'give one of "a", "b"'),
        (("choice", None, 1, 10), "give one of 1, 10"),
        (("address", 0x23, 0x23, 0x5C), "give one of 0x23, 0x5c"),
        (("secret", ...), "give the key as its dashboard shows it: a text without spaces"),
        (("secrets", ...), "give the key as its dashboard shows it: a text without spaces"),
        (("bool", None), "give true or false, without quotes"),
        (("duration", None, 100, 86400000),
         'give 100 ms to 1 d as a whole number and its unit in quotes, such as "10 min" '
         "(d, h, min, s, ms)"),
        (("size", None, 16384, 67108864),
         'give 16 KB to 64 MB as a whole number and its unit in quotes, such as "600 KB" '
         "(MB, KB, B)"),
    ):  # fmt: skip
        for value in (None, "x", 5):
            assert remedy(option, value) == words, option
        if option[0] not in ("secrets",):
            reported = "replace this placeholder with your own value"
            assert remedy(option, "YOUR_KEY") == reported, option
    reported = "replace this placeholder with your own value"
    assert remedy(("secrets", ...), ["a", "YOUR_KEY"]) == reported


def test_an_amount_is_in_the_largest_unit_that_divides_it():
    for ms, text in (
        (1, "1 ms"), (999, "999 ms"), (1000, "1 s"), (1500, "1500 ms"), (60_000, "1 min"),
        (61_000, "61 s"), (3_600_000, "1 h"), (5_400_000, "90 min"), (86_400_000, "1 d"),
        (90_000_000, "25 h"), (604_800_000, "7 d"),
    ):  # fmt: skip
        assert amount_text(ms) == text, ms
    for size, text in (
        (1, "1 B"),
        (1024, "1 KB"),
        (1025, "1025 B"),
        (1 << 20, "1 MB"),
        (3 << 19, "1536 KB"),
    ):
        assert amount_text(size, SIZES) == text, size


def test_a_value_of_each_type_is_shown_in_words():
    large = 1 << 60
    for kind, value, words in (
        ("text", "abc", '"abc"'), ("text", True, "true"), ("text", False, "false"),
        ("text", {}, "a table"), ("text", [], "a list of 0"), ("text", [1, 2], "a list of 2"),
        ("text", 5, "5"), ("text", -1, "-1"), ("text", 1.5, "1.5"),
        ("int", large - 1, str(large - 1)), ("int", 1 - large, str(1 - large)),
        ("int", large, "a number far too large"), ("int", -large, "a number far too large"),
        ("secret", large, "a number far too large"), ("secret", 5, "a number"),
        ("password", 1.5, "a number"), ("secrets", True, "true"),
        ("secrets", ["a"], "a list of 1"),
        ("secret", "abc", "a text of 3 characters"), ("password", "", "a text of 0 characters"),
        ("secrets", "a", "a text of 1 characters"), ("text", "a\nb\x1b", '"a?b?"'),
        ("files", "x\n-----BEGIN KEY", "a text of 16 characters"), ("files", KEY, '"%s"' % KEY),
        ("text", KEY, '"%s"' % KEY), ("ssid", KEY, '"%s"' % KEY),
        ("name", KEY, "a text of 22 characters"), ("choice", KEY, "a text of 22 characters"),
    ):  # fmt: skip
        assert shown(kind, value) == words, (kind, value, shown(kind, value))


def test_a_value_that_may_be_a_missing_key_is_not_shown():
    known = {"api": ("choice", None, "v1"), "api_key": ("secret", ...), "label": ("name", None, 9)}
    assert seen("api", {}, known) == "missing"
    assert seen("api", {"api": "hush"}, known) == "a text of 4 characters"
    assert seen("api", {"api": "v3", "api_key": "a"}, known) == '"v3"'
    assert seen("label", {"label": "a.b"}, known) == '"a.b"'
    del known["api_key"]
    assert seen("api", {"api": "v3"}, known) == '"v3"'


def test_values_that_may_be_keys():
    for text, is_key in (
        ("abcdefghi1", True), ("abcdefgh1", False), ("abcdefghij", False), ("ABCDEFGHIJ", False),
        ("abcdefghiJ", True), ("0123456789", True), ("_-+/=.~_-+", False), ("_-+/=.~_-1", True),
        ("_-+/=.~aaA", True), ("aaaaazzzzz1", True), ("AAAAAZZZZZ1", True), ("999990000a", True),
        ("abcdefgh 1", False), ("abcdefgh`1", False), ("abcdefgh{1", False), ("abcdefgh@1", False),
        ("abcdefgh[1", False), ("abcdefgh:1", False), ("abcdefgh\u00e91", False), ("", False),
        ("_-+/=.~ABC", False), ("_-+/=.~abc", False),
    ):  # fmt: skip
        assert messages._may_be_key(text) is is_key, text
        assert (shown("name", text)[0] == "a") == is_key, text


def test_the_public_part_of_an_address_is_shown():
    for url, words in (
        ("https://a.example/b/c", "https://a.example/b/c"),
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example/"),
        ("https://a.example/x?k=1", "https://a.example/x"),
        ("https://a.example/x#k", "https://a.example/x"),
        ("https://u:p@a.example/x", "https://...@a.example/x"),
        ("https://u@v@a.example/x", "https://...@a.example/x"), ("http://%s" % KEY, "http://..."),
        ("http://%s.example/x" % KEY, "http://%s.example/x" % KEY),
        ("http://host/x", "http://host/x"),
        ("http://a.example/%s/b/%s" % (KEY, KEY), "http://a.example/.../b/..."),
        ("host.example/x", "host.example/x"), ("abc", "abc"),
        ("u:p@a.example/x", "...@a.example/x"), ("//u:p@a.example", "...@a.example"),
        ("u:p//q@a.example", "...@a.example"), ("https://a.example/u@v", "https://...@v"),
        ("https://u:p#q@a.example/x", "https://...@a.example/x"),
        ("u:p?q@a.example/x?y#z", "...@a.example/x"), ("https://a.example?u@v#w", "https://...@v"),
    ):  # fmt: skip
        assert shown("url", url) == '"%s"' % words, (url, shown("url", url))
    for text, is_shown in (
        (KEY, False), (KEY + "/x", False), ("a." + KEY, True), ("A." + KEY, False),
        ("a.b/" + KEY, True),
        ("host", True), ("AbCdEfGh.i1", False),
    ):  # fmt: skip
        assert (shown("url", text) == '"%s"' % text) == is_shown, text


def test_a_line_has_at_most_eighty_printable_characters():
    for size in (0, 79, 80, 81, 200):
        assert one_line("x" * size) == "x" * min(size, 80) + ("..." if size > 80 else ""), size
    assert one_line("a\x00b\x7fc\u2028\u00e9") == "a?b?c?\u00e9"


def test_shapes():
    for value, words in (
        ({}, "a single table"),
        ([], "a list"),
        (5, "a plain value"),
        ("", "a plain value"),
    ):
        assert messages.shape(value) == words


def test_the_closest_word_is_suggested():
    for word, words, found in (
        ("abc", ("xyc",), "xyc"), ("abc", ("xyz",), None), ("ab", ("ax",), "ax"),
        ("ab", ("xy",), None),
        ("abcdef", ("xyzdef",), "xyzdef"), ("abcdef", ("wxyzef",), None), ("ABC", ("abc",), "abc"),
        ("abc", ("abd", "abx"), "abd"), ("abc", ("axx", "zbc"), "zbc"), ("", ("a",), "a"),
        # A common beginning counts as near as one changed letter.
        ("tem", ("temperature",), "temperature"), ("te", ("temperature",), None),
        ("abc", ("abb", "abcdefgh"), "abb"), ("abc", ("abxxx", "abcdefgh"), "abcdefgh"),
        ("abd", ("aba", "abdefgh"), "aba"), ("abc", ("aax", "abcdefgh"), "abcdefgh"),
        ("a" * 45, ("a" * 40,), "a" * 40), ("a" * 40 + "zz", ("a" * 42,), "a" * 42),
        ("a" * 40 + "b" * 200, ("a" * 39, "a" * 40, "a" * 40 + "b"), "a" * 40),
    ):  # fmt: skip
        reported = (
            'did you mean "%s"?' % found if found else "known here: " + ", ".join(sorted(words))
        )
        assert nearest(word, words) == reported, (word, nearest(word, words))
    assert nearest("zzzzzz", ("b", "a")) == "known here: a, b"


def distance(a, b):
    """Return the edit distance of two words, computed from its definition."""
    if not a or not b:
        return len(a) + len(b)
    change = distance(a[1:], b[1:]) + (a[0] != b[0])
    return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, change)


def test_the_distance_between_words_follows_its_definition():
    words = ("", "a", "b", "ab", "ba", "aab", "abb", "bbaa", "abab", "babab")
    for a in words:
        for b in words:
            assert messages._distance(a, b) == distance(a, b), (a, b)


def test_unknown_keys_and_sections():
    table = ("driver", "bus")
    for key, expected in (
        ("drivr", ("[[sensor]] 1: drivr", "unknown key", 'did you mean "driver"?')),
        ("zzzzzz", ("[[sensor]] 1: zzzzzz", "unknown key", "known here: bus, driver")),
        ("", ('[[sensor]] 1: ""', "unknown key", "known here: bus, driver")),
        ("ssid", ("[[sensor]] 1: ssid", "unknown key", "move it below [[wifi]]")),
        # A key of another driver is in the right section: no move is suggested.
        ("address", ("[[sensor]] 1: address", "unknown key", "known here: bus, driver")),
        ("a\x1bb", ("[[sensor]] 1: a?b", "unknown key", "known here: bus, driver")),
    ):
        assert messages.unknown_key("[[sensor]] 1", key, table) == expected, key
    known = ["node", "wifi"]
    for section, given, expected in (
        ("nodes", {}, ("[nodes]", "unknown section", 'did you mean "node"?')),
        ("zzzz", [], ("[zzzz]", "unknown section", "known here: node, wifi")),
        ("ssid", {}, ("[ssid]", "unknown section", "known here: node, wifi")),
        ("ssid", "x", ("ssid", "a key outside of any section", "move it below [[wifi]]")),
        ("wifii", 5, ("wifii", "a key outside of any section", 'did you mean "wifi"?')),
        ("", 5, ('""', "a key outside of any section", "known here: node, wifi")),
        ("\n", [], ("[?]", "unknown section", "known here: node, wifi")),
    ):
        assert messages.unknown_section(section, given, known) == expected, section


def test_a_driver_or_kind_that_is_not_a_name_is_reported():
    option = ("name", ..., 40, "_")
    words = 'give 1 to 40 letters, digits or any of "_"'
    for given, known, expected in (
        ({}, (), ("[x]: kind", "missing", words)),
        ({}, ("abc",), ("[x]: kind", "missing", "known here: abc")),
        ({"kind": "a.c"}, ("abc",), ("[x]: kind", '"a.c"', 'did you mean "abc"?')),
        ({"kind": 5}, ("abc",), ("[x]: kind", "unknown uplink 5", "known here: abc")),
        ({"kind": "abd"}, ("abc",),
         ("[x]: kind", 'unknown uplink "abd"', 'did you mean "abc"?')),
        ({"kind": "abd"}, (), ("[x]: kind", 'unknown uplink "abd"', "correct it")),
        ({"kind": "your_kind"}, ("abc",),
         ("[x]: kind", '"your_kind"', "replace this placeholder with your own value")),
        ({"kind": 1.5}, (), ("[x]: kind", "1.5", words)),
        ({"kind": "your_kind"}, (), ("[x]: kind", '"your_kind"',
                                      "replace this placeholder with your own value")),
    ):  # fmt: skip
        assert messages.unknown_part("[x]", "kind", given, option, known) == expected, given
