"""Addresses and heads of requests: the accepted characters and lengths of each part."""

from support.node.check import raises
from wherry.http.head import request_head, split_url


def test_hosts_have_253_characters_and_ports_16_bits():
    for size, is_legal in ((1, True), (252, True), (253, True), (254, False)):
        host = "x" * size
        if is_legal:
            assert split_url("https://" + host) == (True, host, 443, "/")
        else:
            raises(ValueError, split_url, "https://" + host)
    for port in ("1", "80", "443", "65535", "00080"):
        assert split_url("http://h:%s/x" % port) == (False, "h", int(port), "/x")
    for port in ("0", "65536", "00", "-1", "", "8 0", "x"):
        raises(ValueError, split_url, "http://h:%s/x" % port)


def test_only_characters_of_names_are_accepted_in_hosts():
    legal = "abcdefghijklmnopqrstuvwxyz0123456789-_"
    for code in range(33, 127):
        c = chr(code)
        if c.lower() in legal:
            assert split_url("https://a%sb/" % c)[1] == "a%sb" % c.lower(), c
        elif c not in "./?:":
            raises(ValueError, split_url, "https://a%sb/" % c)


def test_paths_and_queries_have_printable_characters_without_a_fragment():
    for begin in ("/", "?", "/a?", "/a/"):
        for code in range(256):
            url = "https://h.test" + begin + chr(code) + "b"
            if 32 < code < 127 and code != 35:
                path = begin + chr(code) + "b"
                path = path if path[0] == "/" else "/" + path
                assert split_url(url) == (True, "h.test", 443, path), url
            else:
                raises(ValueError, split_url, url)


def test_a_head_has_printable_characters_and_spaces_in_values_only():
    for code in range(256):
        c = chr(code)
        for place, method, path, header, lowest in (
            ("request line", "G" + c, "/", ("A", "b"), 33),
            ("request line", "GET", "/" + c, ("A", "b"), 33),
            ("header", "GET", "/", ("A" + c, "b"), 33),
            ("header", "GET", "/", ("A", "b" + c), 32),
        ):
            if lowest <= code < 127:
                head = request_head(method, "h", path, (header,), None)
                assert head.startswith(("%s %s HTTP/1.1\r\n" % (method, path)).encode()), code
                assert ("\r\n%s: %s\r\n" % header).encode() in head
            else:
                error = raises(ValueError, request_head, method, "h", path, (header,), None)
                assert str(error) == place + " has a space, control or non-ASCII character"


def test_a_body_has_its_size_in_the_head():
    for method, size, line in (
        ("GET", None, b""), ("HEAD", None, b""), ("GET", 0, b"Content-Length: 0\r\n"),
        ("POST", None, b"Content-Length: 0\r\n"), ("POST", 0, b"Content-Length: 0\r\n"),
        ("POST", 1, b"Content-Length: 1\r\n"), ("PUT", None, b"Content-Length: 0\r\n"),
    ):  # fmt: skip
        begin = method.encode() + b" / HTTP/1.1\r\nHost: h\r\nUser-Agent: wherry\r\n"
        assert request_head(method, "h", "/", (), size) == begin + line + b"\r\n"
