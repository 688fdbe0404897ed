"""Values of a configuration, and messages that are bounded and show no secrets."""

from wherry.config.messages import nearest, seen, shown
from wherry.config.values import SIZES, TIMES, is_placeholder, typed

KEY = "hush7_0123456789abcdef"


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


def test_the_closest_word_is_suggested():
    for word, words, found in (
        ("abc", ("xyc",), "xyc"), ("abc", ("xyz",), None), ("ab", ("ax",), "ax"),
        ("ab", ("xy",), None),
        ("ABC", ("abc",), "abc"), ("abc", ("abd", "abx"), "abd"), ("", ("a",), "a"),
        # A common beginning counts as near as one changed letter.
        ("tem", ("temperature",), "temperature"), ("te", ("temperature",), None),
    ):  # fmt: skip
        reported = (
            'did you mean "%s"?' % found if found else "known here: " + ", ".join(sorted(words))
        )
        assert nearest(word, words) == reported, (word, nearest(word, words))
    assert nearest("zzzzzz", ("b", "a")) == "known here: a, b"


def test_amounts_have_a_unit():
    day = 86_400_000
    assert (("d", day), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)) == TIMES
    assert SIZES == (("MB", 1 << 20), ("KB", 1 << 10), ("B", 1))
    for text, ms in (
        ("1 d", day), ("2 h", 7_200_000), ("3 min", 180_000), ("4 s", 4000), ("5 ms", 5),
        ("5ms", 5), ("5   ms", 5), ("5 ms  ", 5), ("0 s", 0), ("0000000007 s", 7000),
        ("00000000007 s", None), ("s", None), ("", None), ("5", None), ("5 m", None),
        (" 5 s", None), ("5\ts", None), ("5 S", None), ("-5 s", None), ("5.0 s", None),
        ("5 s s", None), ("5:0 s", None), ("/5 s", None), ("90 s", 90_000), ("09 s", 9000),
        ("9999999999 ms", 9_999_999_999), (5, None), (None, None), (["5 s"], None),
    ):  # fmt: skip
        assert typed(("duration", None, 0, 10**10), text) == ms, text
    for text, size in (("1 MB", 1 << 20), ("1 KB", 1024), ("1 B", 1), ("1 kB", None), ("1", None)):
        assert typed(("size", None, 0, 1 << 30), text) == size, text
    for ms in (1000, 1001, 1999, 2000):
        assert typed(("duration", None, 1000, 2000), "%d ms" % ms) == ms
    for text in ("999 ms", "2001 ms", "0 s", "3 s"):
        assert typed(("duration", None, 1000, 2000), text) is None, text
    for text in ("1023 B", "2049 B"):
        assert typed(("size", None, 1024, 2048), text) is None, text


def test_a_placeholder_is_wrong():
    plain = ("text", None, 1, 100)
    for value in (
        "CustomName", "customname", "harbor_id", "{harbor_id}", "ChangeMe", "[changeme]",
        "DEVICE_ACCESS_TOKEN", "<device_uuid>", "your_key", "Your Key", "YOUR-ID", "<[{your_x}]>",
        "https://a.example/x/your_id", "your_host.example", "a/harbor_id/b", "a.changeme",
    ):  # fmt: skip
        assert is_placeholder(plain, value) and typed(plain, value) is None, value
        assert is_placeholder(("secrets", ...), ["a", value]), value
        assert not is_placeholder(("files", None), [value]), value
    for value in ("your", "yourname", "you_r", "my customname", "customname2", "(changeme)", "a",
                  "harbor_id_2", "", 5, None, {}, ["your_key"]):  # fmt: skip
        assert not is_placeholder(plain, value), value
    assert not is_placeholder(("secrets", ...), ["a", "b"])
    assert is_placeholder(plain, "<key>") and not is_placeholder(plain, "<key> ")
    # A network may have any name and any password except those printed in examples.
    for option in (("ssid", ...), ("password", "")):
        for value in ("YOUR_WIFI_NAME", "your_password", "your-ssid", "<your wifi>", "[Your Net]",
                      "yourSSID", "yourNetwork", "yourPassword", "ChangeMe"):  # fmt: skip
            assert is_placeholder(option, value) and typed(option, value) is None, value
        for value in ("Your Home", "yours_truly", "CustomName", "harbor_id", "<garden>",
                      "a.your_b", "", None, 5):  # fmt: skip
            assert not is_placeholder(option, value), value
