"""The HTTP reader at each of its bounds, on both sides of it."""

from support.node.check import raises
from support.uplinks.http_answers import CHUNKED, OK
from wherry.http.response import ProtocolError, ResponseReader

EMPTY = b"Content-Length: 0\r\n\r\n"
# The number of bytes that is added for each line of a head, and the limit of a head.
LINE_COST, HEAD_MAX = 256, 32_768
# The number of bytes that are kept of a line, and the limit of a line with its CR.
KEPT, LINE_MAX = 256, 4096
BODY_MAX = 1 << 20


def fed(octets, **options):
    reader = ResponseReader(**options)
    reader.feed(octets)
    return reader


def refusal(octets):
    """Return the reason for a refusal, or "" if the answer is read to its end."""
    try:
        assert fed(octets).done, octets[:99]
    except ProtocolError as error:
        words = str(error)
        assert words.startswith("bad HTTP answer: "), words
        return words[17:]
    return ""


def test_a_reader_begins_empty():
    reader = ResponseReader()
    assert (reader.done, reader.keep_alive, reader.status, reader.headers) == (False, False, 0, {})
    assert (reader.body, reader.body_size) == (b"", 0)
    reader.feed(b"")
    assert not reader.done


def test_1024_bytes_of_a_body_are_kept_by_default():
    for size in (1023, 1024, 1025):
        reader = fed(OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        assert reader.done and len(reader.body) == min(size, 1024) and reader.body_size == size
    for kept in (0, 1, 2, 5, 6):
        for body in (b"Content-Length: 5\r\n\r\nabcde", b"\r\nabcde"):
            reader = fed(OK + body, body_max=kept)
            assert (reader.body, reader.body_size) == (b"abcde"[:kept], 5)


def test_statuses_are_100_to_599():
    for status in (99, 600, 999, 0):
        assert refusal(b"HTTP/1.1 %03d x\r\n" % status).startswith("b'HTTP/1.1"), status
    for status in (200, 299, 300, 599):
        assert fed(b"HTTP/1.1 %d x\r\n" % status + EMPTY).status == status
    for line in (b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.9 200 OK", b"HTTP/1.0 200 a b"):
        assert fed(line + b"\r\n" + EMPTY).status == 200, line
    for line in (b"HTTP/1.1 200x", b"HTTP/1.1 20", b"HTTP/1. 200 OK", b"HTTP/1.1-200 OK",
                 b"HTTP/1.1 2000", b"HTTP/1.1200 OK", b"XTTP/1.1 200 OK", b"HTTP/1:1 200 OK",
                 b"HTTP/1.1 2 0 OK", b"HTTP/1.1 200\xa0OK"):  # fmt: skip
        assert refusal(line + b"\r\n") == "%r" % line[:8], line


def test_four_interim_answers_may_come_before_the_last():
    for status in (100, 102, 199):
        interim = b"HTTP/1.1 %d x\r\nDate: no\r\n\r\n" % status
        for count, words in ((1, ""), (4, ""), (5, "head")):
            assert refusal(interim * count + OK + EMPTY) == words, (status, count)
        reader = fed(interim)
        assert not reader.done and reader.status == status
        reader.feed(OK + EMPTY)
        assert reader.done and reader.status == 200 and reader.headers == {}
    assert refusal(b"HTTP/1.1 101 x\r\n\r\n") == "head"


def test_control_codes_are_refused_and_printable_bytes_are_kept():
    for code in range(256):
        reason = refusal(OK + b"Date: a" + bytes((code,)) + b"b\r\n" + EMPTY)
        if code == 10:
            assert reason == "header"
        elif code == 127 or (code < 32 and code != 9):
            assert reason == "control code", code
        else:
            assert reason == "", code
            shown = chr(code) if code < 127 else "?"
            headers = fed(OK + b"Date: a" + bytes((code,)) + b"b\r\n" + EMPTY).headers
            assert headers == {"date": "a" + shown + "b"}, code


def test_header_names_are_ascii_without_spaces():
    for name in (b"~", b"a~b", b"x", b"!"):
        assert refusal(OK + name + b": x\r\n" + EMPTY) == "", name
    for name in (b"\x80", b"a\xff", b"a b", b" a", b"a ", b"", b"\ta"):
        assert refusal(OK + name + b": x\r\n" + EMPTY) == "header", name


def test_a_line_keeps_256_bytes_and_may_have_4096():
    for size in (KEPT - 2, KEPT - 1, KEPT, KEPT + 1, LINE_MAX - 1):
        # "Date: " has six of the bytes.
        line = b"Date: " + b"x" * (size - 6)
        reader = fed(OK + line + b"\r\n" + EMPTY)
        assert reader.headers == {"date": "x" * (min(size, KEPT) - 6)}, size
        assert reader.done
    for size, end, reason in (
        (LINE_MAX - 1, b"\r\n", ""),
        (LINE_MAX, b"\n", ""),
        (LINE_MAX, b"\r\n", "size"),
        (LINE_MAX + 1, b"\n", "size"),
    ):
        assert refusal(OK + b"a:" + b"x" * (size - 2) + end + EMPTY) == reason, (size, end)


def test_a_framing_line_is_kept_whole_or_refused():
    for name, value in ((b"Content-Length", b"0"), (b"Connection", b"close")):
        for size, end, is_legal in (
            (KEPT - 1, b"\r\n", True),
            (KEPT, b"\n", True),
            (KEPT, b"\r\n", False),
            (KEPT + 1, b"\n", False),
        ):
            line = name + b":" + b" " * (size - len(name) - 1 - len(value)) + value
            assert len(line) == size
            reason = refusal(OK + line + end + EMPTY)
            assert reason == ("" if is_legal else name.decode().lower()), (size, end)


def test_a_head_has_at_most_32768_bytes_counting_256_more_for_each_line():
    # The status line (15 bytes), the length (17 bytes) and the empty line are three lines.
    left = HEAD_MAX - 3 * LINE_COST - 15 - 17
    # There are lines of the largest size that counts, and two lines that share the rest.
    lines = left // (KEPT + LINE_COST) - 1
    rest = left - lines * (KEPT + LINE_COST) - 2 * LINE_COST
    full = (b"a:" + b"x" * 254 + b"\r\n") * lines + b"a:" + b"x" * 98 + b"\r\n"
    for more, reason in ((-1, ""), (0, ""), (1, "size")):
        last = b"b:" + b"y" * (rest - 100 - 2 + more) + b"\r\n"
        assert refusal(OK + full + last + EMPTY) == reason, more
    # Only the bytes that are kept of a line are counted.
    long = (b"a:" + b"x" * 2000 + b"\r\n") * lines
    assert refusal(OK + long + EMPTY) == ""
    # Interim answers and trailers count, too.
    for count, reason in ((40, ""), (70, "size")):
        lines = b"a:x\r\n" * count
        assert refusal(b"HTTP/1.1 100 x\r\n" + lines + b"\r\n" + OK + lines + EMPTY) == reason
        assert refusal(CHUNKED[:-2] + lines + b"\r\n0\r\n" + lines + b"\r\n") == reason


def test_lines_of_chunk_sizes_are_not_counted():
    # The head has lines of 15, 26 and 0 bytes, and the trailer has one of 0 bytes.
    left = HEAD_MAX - 4 * LINE_COST - 15 - 26
    for line in (b"1", b"00000001", b"1;abcdef", b"1       "):
        assert refusal(CHUNKED + (line + b"\r\na\r\n") * 300 + b"0\r\n\r\n") == "", line
    for line in (b"1;abcdefg", b"1        ", b"00000001;"):
        count = left // (len(line) + LINE_COST)
        for chunks, reason in ((count, ""), (count + 1, "size")):
            octets = CHUNKED + (line + b"\r\na\r\n") * chunks + b"0\r\n\r\n"
            assert refusal(octets) == reason, (line, chunks)


def test_numbers_have_one_to_eight_digits():
    for digits, reason in ((b"00000000", ""), (b"000000000", "size"), (b"", "size")):
        assert refusal(OK + b"Content-Length: " + digits + b"\r\n\r\n") == reason, digits
    for digits in (b"00000003", b"3", b"3 ", b"03;x"):
        assert refusal(CHUNKED + digits + b"\r\nabc\r\n0\r\n\r\n") == "", digits
    for digits in (b"000000003", b"g", b"/", b":", b"`", b"@", b"3g"):
        assert refusal(CHUNKED + digits + b"\r\n") == "size", digits
    for digits in (b"a", b"/", b":", b"1a", b"1f"):
        assert refusal(OK + b"Content-Length: " + digits + b"\r\n") == "size", digits
    # Each digit in both cases.
    body = b"x" * 0xFE
    for size in (b"fe", b"FE", b"fE", b"0Fe"):
        reader = fed(CHUNKED + size + b"\r\n" + body + b"\r\n0\r\n\r\n")
        assert reader.done and reader.body == body


def test_a_body_has_at_most_a_mebibyte():
    for size, is_legal in ((BODY_MAX - 1, True), (BODY_MAX, True), (BODY_MAX + 1, False)):
        for octets in (OK + b"Content-Length: %d\r\n\r\n" % size, CHUNKED + b"%x\r\n" % size):
            reader = ResponseReader()
            if is_legal:
                reader.feed(octets)
                assert not reader.done
            else:
                assert str(raises(ProtocolError, reader.feed, octets)) == "bad HTTP answer: size"
    reader = fed(CHUNKED + b"5\r\nabcde\r\n%x\r\n" % (BODY_MAX - 5))
    assert reader.body_size == 5
    raises(ProtocolError, fed, CHUNKED + b"5\r\nabcde\r\n%x\r\n" % (BODY_MAX - 4))


def test_bytes_after_a_body_end_the_connection():
    for octets in (
        OK + b"Content-Length: 1\r\n\r\na",
        CHUNKED + b"1\r\na\r\n0\r\n\r\n",
        OK + EMPTY,
    ):
        assert fed(octets).keep_alive
        reader = fed(octets + b"b")
        assert reader.done and not reader.keep_alive and reader.body_size == len(reader.body)
        reader = fed(octets)
        reader.feed(b"")
        assert reader.keep_alive
        reader.feed(b"b")
        assert not reader.keep_alive and reader.body in (b"", b"a")
        reader.eof()
        assert reader.done and not reader.keep_alive


def test_the_last_answer_decides_if_the_connection_stays():
    interim = b"HTTP/1.1 100 x\r\nConnection: close\r\n\r\n"
    for head, is_kept in (
        (OK, True), (OK + b"Connection: keep-alive\r\n", True),
        (OK + b"Connection: close\r\n", False), (OK + b"Connection: x\r\n", True),
        (OK + b"Connection: keep-alive, close\r\n", False),
        (OK + b"Connection: close, keep-alive\r\n", False), (interim + OK, True),
        (b"HTTP/1.0 200 x\r\n", False), (b"HTTP/1.2 200 x\r\n", True),
        (b"HTTP/1.0 200 x\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.0 200 x\r\nConnection: close, keep-alive\r\n", False),
        (b"HTTP/1.0 200 x\r\nConnection: keep-alive, close\r\n", False),
    ):  # fmt: skip
        assert fed(head + EMPTY).keep_alive == is_kept, head
