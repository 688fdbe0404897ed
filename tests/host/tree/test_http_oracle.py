"""The HTTP reader compared with h11, a widely used reader: which answers each accepts.

If both finish an answer, they must agree on every bit of it. If only one does, the difference must
be one of those explained here.
"""

import random
import re
from collections import Counter

import h11
from support.uplinks.http_answers import FRAMED
from support.uplinks.http_grammar import Answer, illegal, mutated
from wherry.http.response import ProtocolError, ResponseReader

COUNT = 4000
REFUSED = "refused"


def by_ours(octets):
    """Return (status, body) or REFUSED."""
    reader = ResponseReader(body_max=1 << 16)
    try:
        reader.feed(octets)
        reader.eof()
    except ProtocolError:
        return REFUSED
    return reader.status, bytes(reader.body)


def by_h11(octets):
    """Return (status, body) or REFUSED."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 16)
    headers = [("Host", "x"), ("Content-Length", "0")]
    connection.send(h11.Request(method="POST", target="/", headers=headers))
    connection.send(h11.EndOfMessage())
    status, body, closed = 0, b"", False
    connection.receive_data(octets)
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if closed:
                    return REFUSED
                connection.receive_data(b"")
                closed = True
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, body
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return REFUSED
    except h11.RemoteProtocolError:
        return REFUSED


_TRAILER = rb"(?m)^0+[ \t]*(;.*)?\r?\n(.+\n)*"
# Why one of the two accepts an answer that the other refuses, and the pattern of its bytes.
OURS_ALONE = (
    # h11 lets a bare LF end a line in the head, but not among chunks.
    ("a bare LF among chunks", rb"(?is)transfer-encoding:.*[^\r]\n"),
    # Trailers are not used, so only their size is checked.
    ("a trailer that is no header",
     _TRAILER + rb"([^:\r\n]+|[ \t:].*|[^:\r\n]*[^!-~:\r\n].*)\r?\n"),
    ("a trailer that frames", _TRAILER + rb"(?i:content-length|transfer-encoding):"),
    # RFC 9112 section 7.1.1 allows these blanks (BWS).
    ("blanks before a chunk's extension", rb"(?m)^[0-9a-fA-F]+[ \t]+;"),
    # 3 and 03 are the same number here, but different strings for h11.
    ("lengths that are written differently", rb"(?i)content-length:[ \t]*0[0-9]"),
    ("lengths that are written differently", rb"(?i)content-length:[^\n]*,[ \t]*0*[0-9]"),
    # An unused name of printable octets is skipped, even if it is not a token.
    ("a name that is no token", rb"(?m)^[!-~]*[\"(),/;<=>?@[\\\]{}][!-9;-~]*:"),
)  # fmt: skip
H11_ALONE = (
    # RFC 9112 section 6.3 lets chunks win over a length and calls it a probable attack.
    ("a length beside chunks", rb"(?is)content-length:.*transfer-encoding:"),
    ("a length beside chunks", rb"(?is)transfer-encoding:.*content-length:"),
    ("a control code", rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r[^\n]"),
    ("a folded line", rb"\n[ \t]"),
    ("a status above 599", rb"(?m)^HTTP/1\.[01] [6-9]"),
    ("more than four interim answers", rb"(?s)(HTTP/1\.[01] 1.*){5}"),
    ("a length of more than 1 MB", rb"(?i)content-length:[ \t]*\d{7}"),
    ("chunks in HTTP/1.0", rb"(?is)HTTP/1\.0.*transfer-encoding:"),
)


def explained(octets, ours):
    """Return why one of the two refuses the bytes, or None if nothing explains it."""
    reasons = H11_ALONE if ours == REFUSED else OURS_ALONE
    for why, pattern in reasons:
        if re.search(pattern, octets):
            return why
    # The CR before a bare LF may be the last octet of a chunk.
    return OURS_ALONE[0][0] if ours != REFUSED and b"\r" in ours[1] else None


def random_answer(index):
    """Return a well-formed, an illegal or a mutilated answer, in turn."""
    if index % 3 == 0:
        return Answer().octets()
    if index % 3 == 1:
        return illegal()
    return mutated(Answer().octets() if index & 1 else random.choice(FRAMED[:-1])[0])


def check_against_h11(count, seed):
    """Return the count of each outcome."""
    random.seed(seed)
    outcomes = Counter()
    for i in range(count):
        octets = random_answer(i)
        ours, theirs = by_ours(octets), by_h11(octets)
        if ours == theirs:
            why = REFUSED if ours == REFUSED else "finished"
        else:
            assert REFUSED in (ours, theirs), (seed, i, octets, ours, theirs)
            why = explained(octets, ours)
            assert why, (seed, i, octets, ours, theirs)
        outcomes[why] += 1
    return outcomes


def test_answers_are_read_as_h11_reads_them():
    seed = random.getrandbits(30)
    print("seed", seed)
    outcomes = check_against_h11(COUNT, seed)
    print(COUNT, "answers:", outcomes)
    assert outcomes["finished"] > COUNT // 4 and outcomes[REFUSED] > COUNT // 10
