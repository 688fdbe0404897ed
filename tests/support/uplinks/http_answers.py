"""Answers of servers, good and hostile, as bytes: the tables of the HTTP tests."""

HARBOR_202 = (
    b"HTTP/1.1 202 Accepted\r\nDate: Fri, 20 Nov 2026 08:24:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: 28\r\nVary: Origin\r\n\r\n"
    b'{"message":"2 points taken"}'
)

# (answer, status, body, keep_alive, requested headers); each answer defines its own end.
FRAMED = (
    (HARBOR_202, 202, b'{"message":"2 points taken"}', True,
     {"date": "Fri, 20 Nov 2026 08:24:00 GMT", "content-type": "application/json"}),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b"", True, {}),
    (b"HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", 200, b"hello", True, {}),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True, {}),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, b"", True, {}),
    (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, b"ok", True, {}),
    (b"HTTP/1.1 429 Too Many Requests\r\nRETRY-AFTER: \t17 \r\nContent-Length: 1\r\n"
     b"x-RateLimit-Remaining: 0\r\n\r\nx", 429, b"x", True,
     {"retry-after": "17", "x-ratelimit-remaining": "0"}),
    (b"HTTP/1.1 401 No\r\nX-Here-Timestamp: 1795163040\r\nConnection: close\r\n"
     b"Content-Length: 2\r\n\r\n{}", 401, b"{}", False, {"x-here-timestamp": "1795163040"}),
    (b"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n", 301, b"", True,
     {"location": "https://x/"}),
    (b"HTTP/1.1 200 OK\r\nConnection: upgrade, Close\r\nContent-Length: 1\r\n\r\n1", 200, b"1",
     False, {}),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 0"
     b"\r\n\r\n", 200, b"", False, {}),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1", 200, b"1", False, {}),
    (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n1", 200, b"1", True,
     {}),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 200, b"abc", True,
     {}),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 003, 3\r\n\r\nabc", 200, b"abc", True, {}),
    (b"HTTP/1.1 200 OK\r\nDate: \xe9\xb2\r\nContent-Length: 0\r\n\r\n", 200, b"", True,
     {"date": "??"}),
    (b"HTTP/1.1 100 Continue\r\nDate: no\r\n\r\nHTTP/1.1 103 Early\r\nContent-Length: 7\r\n\r\n"
     b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1", 200, b"1", True, {}),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n00A;q=\"1;2\"\r\n"
     b"0123456789\r\n0\r\n\r\n", 200, b"Wiki0123456789", True, {}),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1 \t\r\na\r\n0\r\nDate: late\r\n\r\n",
     200, b"a", True, {}),
    (b"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", 204, b"", True, {}),
    (b"HTTP/1.1 200 OK\r\nSet-Cookie: " + b"c" * 3000 + b"\r\nContent-Length: 1\r\n\r\n1", 200,
     b"1", True, {}),
)  # fmt: skip

# (head, body) of answers that end when the connection closes.
TO_THE_END = (
    (b"HTTP/1.1 200 OK\r\n\r\n", b"as much as comes\r\n\r\n"),
    (b"HTTP/1.0 500 Oh\r\nConnection: keep-alive\r\n\r\n", b"short"),
    (b"HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", b""),
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
# A reader must refuse each of these at its last byte or earlier.
REFUSED = (
    b"\n", b"\r\n", b"\x00\n", b"{}\r\n", b"<html>\r\n", b"\x15\x03\x01\x00\x02\r\n",
    b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/2.0 200 OK\r\n", b"HTTP/2 200\r\n", b"http/1.1 200 OK\r\n",
    b"HTTP/1.1  200 OK\r\n", b"HTTP/1.1 20 OK\r\n", b"HTTP/1.1 2000 OK\r\n",
    b"HTTP/1.x 200 OK\r\n",
    b"HTTP/1.1 +20 OK\r\n", b"HTTP/1.1 099 OK\r\n", b"HTTP/1.1 600 OK\r\n", b"HTTP/1.1 20\r\n",
    b"HTTP/1.1 200 O\x00K\r\n", b"HTTP/1.1 200 O\rK\r\n", b"HTTP/1.1 200\tOK\r\n",
    b"HTTP/1.1 101 Switching\r\n\r\n",
    b"HTTP/1.1 100 Go\r\n\r\n" * 5,
    OK + b"no colon\r\n", OK + b": nameless\r\n", OK + b"Date : x\r\n", OK + b" folded\r\n",
    OK + b"D\xe9: x\r\n", OK + b"Date: a\r\n b: c\r\n",
    OK + b"\tDate: x\r\n", OK + b"Da te: x\r\n",
    OK + b"Date: a\x00b\r\n", OK + b"Date: a\rb\r\n", OK + b"Date: a\x7f\r\n",
    OK + b"Content-Length: -1\r\n", OK + b"Content-Length: +1\r\n",
    OK + b"Content-Length: 1 2\r\n",
    OK + b"Content-Length: 0x1\r\n", OK + b"Content-Length:\r\n", OK + b"Content-Length: 1,\r\n",
    OK + b"Content-Length: \xb2\r\n", OK + b"Content-Length: 1_0\r\n",
    OK + b"Content-Length: 1\r\nContent-Length: 2\r\n", OK + b"Content-Length: 1, 2\r\n",
    OK + b"Content-Length: 18446744073709551617\r\n", OK + b"Content-Length: 1048577\r\n\r\n",
    OK + b"Content-Length: " + b" " * 300 + b"1\r\n",
    OK + b"Connection: " + b"x," * 200 + b"close\r\n",
    OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    OK + b"Transfer-Encoding: gzip, chunked\r\n", OK + b"Transfer-Encoding: identity\r\n",
    OK + b"Transfer-Encoding: chunked, chunked\r\n", OK + b"Transfer-Encoding:\r\n",
    OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
    CHUNKED + b"\r\n", CHUNKED + b"x\r\n", CHUNKED + b"-1\r\n", CHUNKED + b"0x1\r\n",
    CHUNKED + b" 1\r\n", CHUNKED + b"1_0\r\n", CHUNKED + b";a=b\r\n", CHUNKED + b"1 1\r\n",
    CHUNKED + b"fffffffff\r\n", CHUNKED + b"ffffffff\r\n", CHUNKED + b"100001\r\n",
    CHUNKED + b"1\r\nab\r\n", CHUNKED + b"1\r\na1\r\n",
    CHUNKED + b"1;" + b"e" * 5000,
    CHUNKED + b"0\r\n" + b"T: x\r\n" * 200,
    CHUNKED + b"1;extension\r\na\r\n" * 200,
    CHUNKED + b"1           \r\na\r\n" * 200,
    OK + b"A" * 5000,
    OK + b"A: b\r\n" * 200,
    OK + (b"A: " + b"b" * 900 + b"\r\n") * 70,
    b"H" * 5000,
)  # fmt: skip
