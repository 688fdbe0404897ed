"""The HTTP reader: complete, divided, cut and hostile answers, real ones, and its bounds."""

from support.node.check import raises
from support.uplinks.http_answers import CHUNKED, FRAMED, HARBOR_202, OK, REFUSED, TO_THE_END
from support.uplinks.recorded_answers import answers
from wherry.http.response import ProtocolError, ResponseReader


def fed(pieces, **options):
    reader = ResponseReader(**options)
    for piece in pieces:
        reader.feed(piece)
    return reader


def single_bytes(octets):
    view = memoryview(octets)
    return [view[i : i + 1] for i in range(len(octets))]


def check_answer(reader, case):
    octets, status, body, keep_alive, headers = case
    assert reader.done, octets
    assert reader.status == status, (octets, reader.status)
    assert reader.body == body, (octets, reader.body)
    assert reader.body_size == len(body), octets
    assert reader.keep_alive == keep_alive, octets
    assert reader.headers == headers, (octets, reader.headers)


def test_framed_answers_byte_by_byte_and_cut_in_two_at_every_place():
    for case in FRAMED:
        octets = case[0]
        for pieces in ([bytearray(octets)], single_bytes(octets)):
            check_answer(fed(pieces), case)
        for i in range(0, len(octets) + 1, 1 if len(octets) < 999 else 17):
            check_answer(fed((octets[:i], b"", octets[i:])), case)


def test_closing_is_an_error_except_at_the_end_of_an_answer():
    for case in FRAMED:
        octets = case[0]
        for i in range(0, len(octets), 1 if len(octets) < 999 else 17):
            reader = fed((octets[:i],))
            assert not reader.done and not reader.keep_alive, (octets, i)
            error = raises(ProtocolError, reader.eof)
            assert str(error) == "bad HTTP answer: end"
            assert not reader.done
        reader = fed((octets,))
        reader.eof()
        assert reader.done and not reader.keep_alive


def test_bytes_after_an_answer_end_the_connection():
    for case in FRAMED:
        octets, status, body, _, headers = case
        whole = octets + HARBOR_202
        for pieces in ([whole], single_bytes(whole), [octets, HARBOR_202]):
            reader = fed(pieces)
            check_answer(reader, (octets, status, body, False, headers))


def test_answers_to_the_end_of_the_connection():
    for head, body in TO_THE_END:
        octets = head + body
        for pieces in ([octets], single_bytes(octets)):
            reader = fed(pieces)
            assert not reader.done
            reader.eof()
            assert reader.done and not reader.keep_alive
            assert reader.body == body
        for i in range(len(octets)):
            reader = fed((octets[:i],))
            if i < len(head):
                raises(ProtocolError, reader.eof)
            else:
                reader.eof()
                assert reader.body == octets[len(head) : i]


def test_answers_to_head_have_no_body():
    for framing in (b"Content-Length: 512", b"Transfer-Encoding: chunked", b"Server: x"):
        octets = b"HTTP/1.1 200 OK\r\nDate: now\r\n" + framing + b"\r\n\r\n"
        reader = fed((octets,), head_request=True)
        assert reader.done and reader.keep_alive and reader.headers == {"date": "now"}


def test_only_a_part_of_the_body_is_kept():
    for framing in (b"Content-Length: 5000\r\n\r\n", b"\r\n"):
        reader = fed((OK + framing, b"ab" * 600, b"cd" * 1900), body_max=1300)
        reader.eof()
        assert reader.body == b"ab" * 600 + b"cd" * 50
        assert reader.body_size == 5000
    chunks = CHUNKED + b"190\r\n" + b"z" * 400 + b"\r\n"
    reader = fed((chunks, b"3e8\r\n" + b"y" * 1000 + b"\r\n", b"0\r\n\r\n"), body_max=0)
    assert reader.done and reader.body == b"" and reader.body_size == 1400


def test_bodies_of_unknown_length_are_bounded():
    piece = b"x" * 4096
    for head, last in ((OK + b"\r\n", b"x"), (CHUNKED + b"100000\r\n", b"\r\n1\r\n")):
        reader = fed((head,), body_max=10)
        for _ in range(256):
            reader.feed(piece)
        error = raises(ProtocolError, reader.feed, last)
        assert str(error) == "bad HTTP answer: size"
        assert len(reader.body) == 10 and not reader.done


def refuse(octets, size):
    """Feed pieces of `size` bytes; expect an error, and that further input changes nothing."""
    reader = ResponseReader()
    view = memoryview(octets)
    for i in range(0, len(octets), size):
        try:
            reader.feed(view[i : i + size])
        except ProtocolError:
            break
    else:
        raise AssertionError(f"accepted {octets[:80]!r}")
    assert not reader.done and not reader.keep_alive
    raises(ProtocolError, reader.feed, b"\r\n")
    raises(ProtocolError, reader.feed, HARBOR_202)
    raises(ProtocolError, reader.eof)
    assert not reader.done, octets


def test_hostile_answers_are_refused():
    for octets in REFUSED:
        refuse(octets, len(octets))
        refuse(octets, 1 if len(octets) < 9999 else 400)


def test_errors_do_not_repeat_the_input():
    error = raises(ProtocolError, fed, (b"X-API-Key: secret-key\r\n",))
    assert "secret" not in str(error), error
    assert isinstance(error, OSError)


EMPTY = b"Content-Length: 0\r\n\r\n"
# The number of bytes that are kept of a line.
KEPT = 256


def refusal(octets):
    """Return the reason for a refusal, or "" if the answer is read to its end."""
    try:
        assert fed((octets,)).done, octets[:99]
    except ProtocolError as error:
        words = str(error)
        assert words.startswith("bad HTTP answer: "), words
        return words[17:]
    return ""


def test_statuses_are_100_to_599():
    for status in (99, 600, 999, 0):
        assert refusal(b"HTTP/1.1 %03d x\r\n" % status).startswith("b'HTTP/1.1"), status
    for status in (200, 299, 300, 599):
        assert fed((b"HTTP/1.1 %d x\r\n" % status + EMPTY,)).status == status
    for line in (b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.9 200 OK", b"HTTP/1.0 200 a b"):
        assert fed((line + b"\r\n" + EMPTY,)).status == 200, line
    for line in (b"HTTP/1.1 200x", b"HTTP/1.1 20", b"HTTP/1. 200 OK", b"HTTP/1.1-200 OK",
                 b"HTTP/1.1 2000", b"HTTP/1.1200 OK", b"XTTP/1.1 200 OK", b"HTTP/1:1 200 OK",
                 b"HTTP/1.1 2 0 OK", b"HTTP/1.1 200\xa0OK"):  # fmt: skip
        assert refusal(line + b"\r\n") == "%r" % line[:8], line


def test_four_interim_answers_may_come_before_the_last():
    for status in (100, 102, 199):
        interim = b"HTTP/1.1 %d x\r\nDate: no\r\n\r\n" % status
        for count, words in ((1, ""), (4, ""), (5, "head")):
            assert refusal(interim * count + OK + EMPTY) == words, (status, count)
        reader = fed((interim,))
        assert not reader.done and reader.status == status
        reader.feed(OK + EMPTY)
        assert reader.done and reader.status == 200 and reader.headers == {}
    assert refusal(b"HTTP/1.1 101 x\r\n\r\n") == "head"


def test_a_framing_line_is_kept_whole_or_refused():
    for name, value in ((b"Content-Length", b"0"), (b"Connection", b"close")):
        for size, end, is_legal in (
            (KEPT - 1, b"\r\n", True), (KEPT, b"\n", True), (KEPT, b"\r\n", False),
        ):  # fmt: skip
            line = name + b":" + b" " * (size - len(name) - 1 - len(value)) + value
            assert len(line) == size
            reason = refusal(OK + line + end + EMPTY)
            assert reason == ("" if is_legal else name.decode().lower()), (size, end)


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
        assert fed((head + EMPTY,)).keep_alive == is_kept, head


def test_the_recorded_answers_of_the_protocols():
    recorded = answers()
    assert len(recorded) > 60
    for octets, status, body in recorded:
        # An unrequested answer after it ends the connection.
        for pieces in ([octets], single_bytes(octets), [octets + recorded[1][0]]):
            reader = fed(pieces, body_max=4096)
            seen = reader.status, bytes(reader.body), reader.body_size
            assert reader.done and seen == (status, body, len(body)), (octets, seen)
            assert reader.headers["date"] == "Fri, 20 Nov 2026 08:24:00 GMT"
            is_alone = len(pieces[0]) <= len(octets)
            assert reader.keep_alive == (is_alone and b"Connection: close" not in octets), octets
