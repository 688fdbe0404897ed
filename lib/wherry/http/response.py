"""HTTP/1.1 as bytes: a reader of one answer (RFC 9110, RFC 9112). No I/O.

The reader accepts the answer in pieces of any size and stores at most part of one line and
`body_max` bytes, however much is sent. A protocol violation raises ProtocolError and never becomes
a finished answer. Framing is read strictly, except that a bare LF ends a line. chunks.py reads
chunks; that module is loaded if a server sends chunks.
"""

from micropython import const

# A header line may be longer than the part kept, unless the framing depends on it.
_LINE_KEPT = const(256)
_LINE_MAX = const(4096)
# The largest total size of status, header, trailer and long chunk-size lines, including those of
# 1xx answers. Each line counts _LINE_COST bytes more than its size, so there are at most 128.
_HEAD_MAX = const(32768)
_LINE_COST = const(256)
_INTERIM_MAX = const(4)
_DIGITS_MAX = const(8)
_BODY_MAX = const(1048576)

_TO_THE_END = const(-1)

_WANTED = (
    "date", "age", "location", "retry-after", "content-type", "x-ratelimit-remaining",
    "x-here-timestamp",
)  # fmt: skip


class ProtocolError(OSError):
    """The server's bytes are not an HTTP answer, or end inside one."""


class Answer:
    """status, headers, body and body_size of a finished ResponseReader.

    The class has no methods, because methods would keep the module in the heap.
    """

    status: int
    headers: dict
    body: bytearray
    body_size: int


class ResponseReader:
    """Reads one answer: pass received bytes to `feed`, call `eof` at their end, check `done`.

    status, headers     the last status; the headers in _WANTED, values as text
    body, body_size     the first `body_max` bytes of the body; its full size
    keep_alive          once done: whether the connection may be used for another request
    """

    def __init__(self, body_max: int = 1024, head_request: bool = False):
        self.done = self.keep_alive = False
        self.status = self.body_size = 0
        self.headers = {}
        self.body = bytearray()
        self._body_max = body_max
        self._bodiless = head_request
        self._interim = self._size = self._left = 0
        self._budget = _HEAD_MAX
        self._line = memoryview(bytearray(_LINE_KEPT))
        self._next = self._status_line

    def feed(self, view: bytes | bytearray | memoryview) -> None:
        """Process the next bytes of the connection; a ProtocolError ends the reader for good."""
        at = 0
        end = len(view)
        while at < end and not self.done:
            at = (self._take_body if self._left else self._take_line)(view, at, end)
        if at < end:
            # Unexpected bytes after the end of the answer.
            self.keep_alive = False

    def answer(self) -> Answer:
        """Return the answer without the reader."""
        found = Answer()
        found.status = self.status
        found.headers = self.headers
        found.body = self.body
        found.body_size = self.body_size
        return found

    def eof(self) -> None:
        """Handle a close by the server; ProtocolError unless it ends a body without a length."""
        if self._left < 0:
            self.finish()
        self.keep_alive = False
        if not self.done:
            self.refuse("end")

    def refuse(self, what: str) -> None:
        """Raise the ProtocolError that ends the reader."""
        # Every further line is refused for the same reason.
        self._next = lambda line: self.refuse(what)
        self._left = 0
        raise ProtocolError("bad HTTP answer: " + what)

    def go_on(self, take) -> None:
        """Pass the following lines to `take(reader, line)`."""
        self._next = lambda line: take(self, line)

    def finish(self) -> None:
        """Mark the answer as complete."""
        self.done = True
        self.keep_alive = self._keep > 0

    def _take_line(self, view, at, end):
        size = self._size
        while at < end:
            byte = view[at]
            at += 1
            if byte == 10:
                break
            if size < _LINE_KEPT:
                self._line[size] = byte
            size += 1
            if size > _LINE_MAX:
                self.refuse("size")
        else:
            self._size = size
            return at
        self._size = size
        line = bytes(self._line[:size])
        if line[-1:] == b"\r":
            line = line[:-1]
        for byte in line:
            if byte == 127 or (byte < 32 and byte != 9):
                self.refuse("control code")
        self._next(line)
        self._size = 0
        return at

    def spend(self, line: bytes) -> None:
        """Subtract a line's size from the head's budget."""
        self._budget -= len(line) + _LINE_COST
        if self._budget < 0:
            self.refuse("size")

    def _status_line(self, line):
        self.spend(line)
        code = line[9:12]
        if (
            line[:7] + line[8:9] != b"HTTP/1. "
            or not (line[7:8] + code).isdigit()
            or code[:1] not in b"12345"
            or (line + b" ")[12:13] != b" "
        ):
            # A few bytes identify another protocol; more bytes could reveal an echoed key.
            self.refuse("%r" % line[:8])
        self.status = int(code)
        self.headers = {}
        self._length = _TO_THE_END
        # 1 if the body is chunked, 0 if not, -1 if it never is: HTTP/1.0 does not support chunks.
        self._chunked = 0 if line[7] != 48 else -1
        # 1: keep the connection, 0: close it, -1: always close it.
        self._keep = 1 + self._chunked
        self._next = self._header_line

    def _header_line(self, line):
        self.spend(line)
        if not line:
            self._end_head()
            return
        name, colon, value = line.partition(b":")
        if not colon or name.split() != [name] or max(name) > 126:
            # This also refuses folded lines and spaces before the colon (RFC 9112 section 5).
            self.refuse("header")
        name = name.lower().decode()
        value = value.strip(b" \t")
        if name in ("content-length", "transfer-encoding", "connection"):
            for part in value.lower().split(b","):
                if self._size > _LINE_KEPT or not self._framing(name, part.strip()):
                    self.refuse(name)
        if name in _WANTED:
            # Non-ASCII bytes become question marks.
            text = bytearray(value)
            for i in range(len(text)):
                if text[i] > 126:
                    text[i] = 63
            self.headers[name] = text.decode()

    def _framing(self, name, part):
        """Note one element of a framing header; return whether it is valid."""
        if name == "connection":
            if part == b"close":
                self._keep = -1
            elif part == b"keep-alive" and not self._keep:
                self._keep = 1
            return True
        if name == "transfer-encoding":
            first = not self._chunked
            self._chunked = 1
            return part == b"chunked" and first
        before = self._length
        self._length = self.number(part, 10)
        return before in (_TO_THE_END, self._length)

    def number(self, digits: bytes, base: int) -> int:
        """Return the number that the digits represent."""
        for byte in digits:
            if byte not in b"0123456789abcdef"[:base]:
                digits = b""
        if not 0 < len(digits) <= _DIGITS_MAX:
            self.refuse("size")
        return int(digits, base)

    def _end_head(self):
        if self.status < 200:
            self._interim += 1
        both = self._chunked > 0 and self._length >= 0
        if both or self.status == 101 or self._interim > _INTERIM_MAX:
            self.refuse("head")
        if self.status < 200:
            self._next = self._status_line
        elif self._bodiless or self.status in (204, 304) or not self._length:
            self.finish()
        elif self._chunked > 0:
            from wherry.http.chunks import size_line

            self.go_on(size_line)
        else:
            self.expect(self._length)

    def expect(self, size: int) -> None:
        """Expect `size` bytes of the body next."""
        self._left = size
        if self.body_size + max(size, 0) > _BODY_MAX:
            self.refuse("size")

    def _take_body(self, view, at, end):
        count = end - at
        is_framed = self._left != _TO_THE_END
        if is_framed:
            count = min(count, self._left)
        self.body += view[at : at + min(count, self._body_max - len(self.body))]
        self.body_size += count
        if not is_framed:
            self.expect(_TO_THE_END)
        else:
            self._left -= count
            if not self._left and self._chunked <= 0:
                self.finish()
        return at + count
