"""Random answers that follow HTTP's grammar, with their meaning, and ways to make them illegal.

Everything is drawn from the module `random`, so a seed repeats it. The meaning is recorded while
an answer is written, not parsed from it, so the expected result does not depend on the reader.
"""

from random import choice, randrange

WANTED = ("date", "location", "retry-after", "x-ratelimit-remaining", "x-here-timestamp")
_TOKEN = b"ABCXYZabcxyz0129!#$%&'*+-.^_`|~"
_STRANGE = bytes([9, 32, 34, 40, 44, 58, 59, 61, 92, 123, 126, 128, 233, 255]) + b"abcxyz0189"
_STATUSES = (200, 201, 202, 202, 204, 206, 299, 301, 304, 400, 401, 404, 413, 429, 500, 503, 599)
_INTERIM = (100, 102, 103, 199)
_MAGIC = (
    b"\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n",
    b":",
    b"HTTP/1.1 100 x\r\n\r\n", b"\x00", b"99999999", b"ffffff", b",", b"HTTP/1.1 204 x\r\n\r\n",
)  # fmt: skip

LENGTH, CHUNKED, CLOSE, NONE = "length", "chunked", "close", "none"


def _text(letters, most):
    return bytes([choice(letters) for _ in range(randrange(most + 1))])


def _recased(name):
    return bytes([c ^ 32 if 97 <= c < 123 and randrange(3) == 0 else c for c in name.encode()])


class Answer:
    """A well-formed final answer: `head` is a list of lines, `rest` returns all bytes after them.

    status, body, headers   the expected results; headers are the requested ones
    framing                 LENGTH, CHUNKED, CLOSE or NONE
    keep_alive              whether the connection may be used again, if nothing follows
    """

    def __init__(self):
        self.headers = {}
        self.modern = bool(randrange(6))
        self.status = choice(_STATUSES)
        self.body = _text(_STRANGE + b"\r\n", choice((0, 3, 30, 90)))
        self.framing = choice((LENGTH, LENGTH, CHUNKED, CLOSE) if self.modern else (LENGTH, CLOSE))
        if self.status in (204, 304):
            self.framing, self.body = NONE, b""
        reason = choice((b"", b" ", b" OK", b" Not \xe9 good"))
        self.head = [b"HTTP/1.%d %d%s" % (self.modern, self.status, reason)]
        self._put_headers()
        self._put_connection()
        self._put_framing()
        # A bare LF ends a line as well as CRLF does.
        self.eol = choice((b"\r\n", b"\r\n", b"\r\n", b"\n"))

    def _put(self, name, value):
        blanks = choice((b"", b" ", b"\t ")), choice((b"", b"", b" \t"))
        self.head.append(name + b":" + blanks[0] + value + blanks[1])

    def _put_headers(self):
        for _ in range(randrange(5)):
            if randrange(2):
                self._put(b"X-" + _text(_TOKEN, 12), _text(_STRANGE, 40))
                continue
            name = choice(WANTED)
            value = _text(_STRANGE, 20).strip(b" \t")
            self._put(_recased(name), value)
            self.headers[name] = bytes([c if c < 127 else 63 for c in value]).decode()

    def _put_connection(self):
        words = choice(
            ((), (), (b"close",), (b"keep-alive",), (b"x, Keep-Alive",), (b"Close, x",))
        )
        for word in words:
            self._put(_recased("connection"), word)
        reported = b"".join(words).lower()
        self.keep_alive = b"keep-alive" in reported or (self.modern and b"close" not in reported)

    def _put_framing(self):
        if self.framing == LENGTH:
            digits = b"%d" % len(self.body)
            for _ in range(choice((1, 1, 1, 2))):
                self._put(_recased("content-length"), choice((digits, b"0" + digits)))
        elif self.framing == CHUNKED:
            self._put(_recased("transfer-encoding"), choice((b"chunked", b"Chunked")))
        elif self.framing == CLOSE:
            self.keep_alive = False
        elif randrange(2):
            # Answers 204 and 304 have no body, even if a length is given.
            self._put(b"Content-Length", b"%d" % randrange(99))

    def rest(self):
        """Return the bytes after the head and its empty line."""
        if self.framing != CHUNKED:
            return self.body
        lines = []
        left = self.body
        while left:
            count = randrange(1, len(left) + 1)
            size = choice((b"%x", b"%X", b"0%x", b"%x \t", b"%x;a=b", b'%x ; q="1;2"')) % count
            lines += [size, left[:count]]
            left = left[count:]
        lines.append(choice((b"0", b"00", b"0;last")))
        for _ in range(choice((0, 0, 0, 1, 2))):
            lines.append(b"Date: " + _text(_TOKEN, 9))
        return self.eol.join(lines) + self.eol * 2

    def octets(self):
        """Return all bytes of the answer, preceded by up to four interim answers."""
        return _interim() + self.eol.join(self.head) + self.eol * 2 + self.rest()


def _interim():
    octets = b""
    for _ in range(choice((0, 0, 0, 0, 1, 4))):
        octets += b"HTTP/1.1 %d Wait\r\nDate: early\r\nContent-Length: 7\r\n\r\n" % choice(
            _INTERIM
        )
    return octets


# Each of these lines in its head makes a framed answer illegal.
_ILLEGAL = (
    b" folded: x", b"\tfolded", b"Name : x", b"no colon", b": nameless", b"N\xe9: x", b"A\x00: x",
    b"A: \x00", b"A: b\x7f", b"A: b\rc", b"(A) : x",
    b"Content-Length: -1", b"Content-Length: +1", b"Content-Length: 0x1", b"Content-Length:",
    b"Content-Length: 1 1", b"Content-Length: 123456789", b"Content-Length: 1048577",
    b"Content-Length: 1, 2", b"Content-Length: ,", b"Content-Length: 1\xb2",
    b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding:", b"Transfer-Encoding: x",
)  # fmt: skip
_BAD_SIZES = (
    b"g", b"-1", b"+1", b"0x1", b" 1", b"", b"1_0", b";a", b"123456789", b"ffffffff", b"1 1",
    b"1\x00", b"100001", b"\xb2",
)  # fmt: skip


def illegal():
    """Return an answer of which no prefix may be read as a finished answer."""
    answer = Answer()
    while answer.framing not in (LENGTH, CHUNKED):
        answer = Answer()
    kind = randrange(4)
    if kind == 0:
        first = choice(
            (b"HTTP/1.1 600 x", b"HTTP/2 200", b"ICY 200 OK", b"200 OK", b"HTTP/1.1 20")
        )
        answer.head[0] = choice((first, b"", b"HTTP/1.1  200", b"HTTP/1.1 101 Other"))
    elif kind == 1:
        at = randrange(1, len(answer.head) + 1)
        answer.head.insert(at, choice(_ILLEGAL))
    elif kind == 2:
        # With both ways of framing, two readers may disagree about where the answer ends.
        chunked = answer.framing == CHUNKED
        other = b"Content-Length: 9" if chunked else b"Transfer-Encoding: chunked"
        answer.head.insert(randrange(1, len(answer.head) + 1), other)
    else:
        answer.head = [b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"]
        answer.framing = CHUNKED
        good = b"3\r\nabc\r\n" * randrange(3)
        answer.rest = lambda: good + choice((choice(_BAD_SIZES), b"2\r\nabc", b"2\r\na")) + b"\r\n"
    return answer.octets()


def mutated(octets):
    """Return the bytes after a few have been doubled, removed, moved or replaced."""
    octets = bytearray(octets)
    for _ in range(randrange(1, 5)):
        i = randrange(len(octets) + 1)
        kind = randrange(5)
        j = min(len(octets), i + randrange(1, 12))
        if kind == 0:
            octets = octets[:i] + octets[j:]
        elif kind == 1:
            octets = octets[:j] + octets[i:]
        elif kind == 2:
            octets = octets[:i] + bytes([randrange(256)]) + octets[i:]
        elif kind == 3:
            octets = octets[:i] + choice(_MAGIC) + octets[j:]
        else:
            octets = octets[:i] + octets[j:] + octets[i:j]
        if not octets:
            octets = bytearray(b"\n")
    return bytes(octets)
