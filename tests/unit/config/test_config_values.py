"""The kinds of values in a configuration: each at its bounds and one step past them."""

from wherry.config.values import PIN_MAX, SIZES, TIMES, is_placeholder, typed

NO_TEXTS = (None, True, False, 1, 1.5, b"abc", [], {}, ["abc"])


def check(option, right, wrong):
    """Check that an option accepts the values `right` unchanged and refuses those in `wrong`."""
    for value in right:
        found = typed(option, value)
        assert type(found) is type(value) and found == value, (option, value, found)
    for value in wrong:
        assert typed(option, value) is None, (option, value)


def test_texts():
    check(("text", None, 2, 4), ("ab", "abcd", "éé", "\u20aca"),
          NO_TEXTS + ("", "a", "abcde", "ééa", "a\nb", "\x7fa"))  # fmt: skip
    check(("ssid", ...), ("a", "a" * 32, "é" * 16, "your net"), NO_TEXTS + ("", "a" * 33, "a\0"))
    check(("secret", ...), ("!", "~", "a" * 200, "!~09azAZ"),
          NO_TEXTS + ("", "a" * 201, "a b", " ", "é", "\x7f", "\x1f"))  # fmt: skip
    key = "0123456789abcdefABCDEF" + "0" * 42
    check(("password", ""), ("", "a" * 8, "a b c d ", "é" * 4, "z" * 63, key),
          NO_TEXTS + ("a" * 7, "z" * 64, key[1:] + "g", key + "0", "\n" * 8))  # fmt: skip
    check(
        ("url", None), ("a", "a" * 300, "é" * 150), NO_TEXTS + ("", " ", "a" * 301, "a b", "a\n")
    )
    for value, found in ((" a ", "a"), ("  a", "a"), ("a  ", "a"), (" " + "a" * 300, "a" * 300)):
        assert typed(("url", None), value) == found


def test_names_are_letters_digits_and_a_few_others():
    check(("name", None, 5, "-_"), ("a", "z", "A", "Z", "0", "9", "a-_b", "abcde"),
          (None, True, 1.5, b"a", [], "", "abcdef", "-a", "_a", "a.b", "a b", "é", "`", "{", "@",
           "[", "/", ":", "a\n", -1, 1_000_000_001))  # fmt: skip
    for number in (0, 1, 999_999_999, 1_000_000_000):
        assert typed(("name", None, 5, "-_"), number) == str(number)
    # The name of a bus has at most twenty characters, has no dash, and is not a number.
    check(("bus", "i2c0"), ("i2c_0", "a" * 20), ("a" * 21, "_a", "a-b", -1, 2, True))
    check(("keys", None), (["a"], ["a_-b"] * 16, ["a" * 40], ["_a"]),
          NO_TEXTS[:-1] + (["a"] * 17, ["a" * 41], ["a", ""], ["a b"], [1], "a"))  # fmt: skip
    check(("hosts", None), (["a"], ["a.b-c"] * 4, ["a" * 100]),
          NO_TEXTS[:-1] + (["a"] * 5, ["a" * 101], ["a_b"], ["a", ""], [1], "a"))  # fmt: skip


def test_numbers():
    for kind in ("int", "count"):
        check((kind, None, 5, 7), (5, 6, 7), (4, 8, -5, "5", 5.0, None, [5]))
        check((kind, None, 0, 1), (0, 1), (True, False, 2, -1))
    assert PIN_MAX == 54
    check(("pin", None), (0, 1, 54), (-1, 55, True, "4", 4.0, None))
    check(("bool", None), (True, False), (0, 1, "true", None))
    check(("choice", None, "a", "b"), ("a", "b"), ("c", 1, None, ["a"], ""))
    check(("choice", None, 1, 10), (1, 10), (2, "1", True, 1.0, None))


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
    check(("size", None, 1024, 2048), (), ("1023 B", "2049 B"))


def test_lists():
    check(("files", None), (["a"], ["a"] * 16, ["a" * 200, "é" * 100]),
          (None, True, 1, [], {}, "", ["a"] * 17, ["a" * 201], ["a", ""], [1]))  # fmt: skip
    assert typed(("files", None), "a.pem") == ["a.pem"]
    check(("secrets", ...), ("abc", ["a"], ["a", "b", "c", "d"], ["a" * 200]),
          (None, 5, [], ["a"] * 5, ["a", ""], ["a b"], [["a"]], "", {}))  # fmt: skip
    check(("channels", None), ("all", "sensors", ["all"], ["a"] * 32, ["a" * 100, "é" * 50]),
          (None, "", "some", [], ["a"] * 33, ["a" * 101], [""], [1], {}, True))  # fmt: skip
    check(("names", {}), ({}, {"a": 1}), (None, [], "a", 1))


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
