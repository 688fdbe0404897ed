"""HTTP: complete, divided, cut and hostile answers to the reader, and the heads of requests."""

from support.node.check import raises
from support.uplinks.http_answers import CHUNKED, FRAMED, HARBOR_202, OK, REFUSED, TO_THE_END
from wherry.http.head import prepare, request_head, split_url
from wherry.http.request import make_request
from wherry.http.response import ProtocolError, ResponseReader

AGENT = b"\r\nUser-Agent: wherry"


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


def test_framed_answers_whole_and_byte_by_byte():
    for case in FRAMED:
        octets = case[0]
        for pieces in ([octets], [bytearray(octets)], single_bytes(octets)):
            reader = fed(pieces)
            check_answer(reader, case)


def test_framed_answers_cut_in_two_at_every_place():
    for case in FRAMED:
        octets = case[0]
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


URLS = (
    (
        "https://harborscale.com/api/v2/ingest/1",
        (True, "harborscale.com", 443, "/api/v2/ingest/1"),
    ),
    ("http://127.0.0.1:8080", (False, "127.0.0.1", 8080, "/")),
    ("HTTPS://Api.SensoCan.com?a=b:c@d/e", (True, "api.sensocan.com", 443, "/?a=b:c@d/e")),
    ("https://x:443/p?q=1", (True, "x", 443, "/p?q=1")),
    ("http://my_host/", (False, "my_host", 80, "/")),
)


def test_urls_are_split():
    for url, parts in URLS:
        assert split_url(url) == parts, url


def test_wrong_urls_are_refused_without_being_printed():
    wrong = (
        "", "x", "ftp://host/s3cret", "//host", "https:/host", "https://", "https:///s3cret",
        "https://user:s3cret@host/", "https://s3cret@host", "https://host/#s3cret",
        "https://ho st/s3cret", "https://host/a\r\nb: s3cret", "https://host/\x00", "https://h\xe9/",
        "https://host:/", "https://host:0/", "https://host:65536/", "https://host:-1/",
        "https://host:8x/", "https://[::1]/", "https://a..b/", "https://.a/", "https://a./",
        "https://" + "a." * 130 + "b", "https://host\\s3cret", "https://:443/", "https://?x",
    )  # fmt: skip
    for url in wrong:
        error = raises(ValueError, split_url, url)
        assert "s3cret" not in str(error) and len(str(error)) > 10, (url, error)


def test_a_request_names_only_a_nonstandard_port():
    for url, place, shown in (
        ("https://h.test/a", (True, "h.test", 443), b"h.test"),
        ("http://h.test/a", (False, "h.test", 80), b"h.test"),
        ("https://h.test:80/a", (True, "h.test", 80), b"h.test:80"),
        ("http://h.test:8080/a", (False, "h.test", 8080), b"h.test:8080"),
    ):
        prepared = prepare(make_request("GET", url))
        assert prepared[0] == place, url
        assert prepared[1] == b"GET /a HTTP/1.1\r\nHost: " + shown + AGENT + b"\r\n\r\n", url


def test_a_request_head_has_the_lines_that_it_needs():
    headers = (("X-API-Key", "k"), ("Content-Type", "application/json"))
    head = request_head("POST", "host:8443", "/a?b", headers, 17)
    assert head == (
        b"POST /a?b HTTP/1.1\r\nHost: host:8443" + AGENT + b"\r\nX-API-Key: k\r\n"
        b"Content-Type: application/json\r\nContent-Length: 17\r\n\r\n"
    )
    assert (
        request_head("HEAD", "h", "/", (), None)
        == b"HEAD / HTTP/1.1\r\nHost: h" + AGENT + b"\r\n\r\n"
    )
    assert (
        request_head("GET", "h", "/", (), None)
        == b"GET / HTTP/1.1\r\nHost: h" + AGENT + b"\r\n\r\n"
    )
    assert request_head("POST", "h", "/", (), None).endswith(b"\r\nContent-Length: 0\r\n\r\n")


def test_request_heads_with_invalid_characters_are_refused():
    cases = (
        ("GE\nT", "h", "/", ()), ("GET", "h\r", "/", ()), ("GET", "h", "/a b", ()),
        ("GET", "h", "/\r\n", ()), ("GET", "h", "/", (("A\r\nB", "s3cret"),)),
        ("GET", "h", "/", (("A", "s3cret\r\nB: c"),)), ("GET", "h", "/", (("A", "s3cret\n"),)),
        ("GET", "h", "/", (("A b", "s3cret"),)), ("GET", "h", "/", (("A", "s3cret\x00"),)),
        ("GET", "h", "/", (("A", "s3cret\xe9"),)),
    )  # fmt: skip
    for method, host, path, headers in cases:
        error = raises(ValueError, request_head, method, host, path, headers, None)
        assert "s3cret" not in str(error), error
        assert ("header" if headers else "request line") in str(error), error
