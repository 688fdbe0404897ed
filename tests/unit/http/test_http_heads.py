"""Addresses and heads of requests: the accepted characters and lengths of each part."""

from support.node.check import raises
from wherry.http.head import prepare, request_head, split_url
from wherry.http.request import make_request

AGENT = b"\r\nUser-Agent: wherry"


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
