"""The protocols' real answers: complete, byte by byte, cut, closed, and followed by more bytes."""

from support.node.check import raises
from support.uplinks.recorded_answers import answers
from wherry.http.response import ProtocolError, ResponseReader

ANSWERS = answers()
# Unrequested bytes: more of a body, an answer, a broken answer, and bytes that are not HTTP.
BEHIND = (b"}", ANSWERS[1][0], b"HTTP/1.1 202 A", b"\x00\xff\r\n")


def fed(*pieces):
    reader = ResponseReader(body_max=4096)
    for piece in pieces:
        reader.feed(piece)
    return reader


def check_finished(reader, answer, keep_alive=True):
    octets, status, body = answer
    seen = reader.status, bytes(reader.body), reader.body_size
    assert reader.done and seen == (status, body, len(body)), (octets, seen)
    assert reader.headers["date"] == "Fri, 20 Nov 2026 08:24:00 GMT"
    assert reader.keep_alive == (keep_alive and b"Connection: close" not in octets), octets


def test_each_answer_whole_and_byte_by_byte():
    assert len(ANSWERS) > 60
    for answer in ANSWERS:
        octets = answer[0]
        check_finished(fed(octets), answer)
        check_finished(fed(*[octets[i : i + 1] for i in range(len(octets))]), answer)


def test_each_answer_cut_at_every_place():
    for answer in ANSWERS:
        octets = memoryview(answer[0])
        for i in range(len(octets)):
            reader = fed(octets[:i])
            assert not reader.done and not reader.keep_alive, (answer[0], i)
            reader.feed(octets[i:])
            check_finished(reader, answer)


def test_each_answer_closed_at_every_place():
    for answer in ANSWERS:
        octets = memoryview(answer[0])
        for i in range(len(octets)):
            reader = fed(octets[:i])
            raises(ProtocolError, reader.eof)
            assert not reader.done, (answer[0], i)
            # Even if the rest still comes, the answer is not finished.
            try:
                reader.feed(octets[i:])
            except ProtocolError:
                pass
            assert not reader.done, (answer[0], i)


def test_each_answer_with_unrequested_bytes_after_it():
    for answer in ANSWERS:
        for behind in BEHIND:
            whole = answer[0] + behind
            check_finished(fed(whole), answer, keep_alive=False)
            check_finished(fed(answer[0], behind), answer, keep_alive=False)
            for i in range(len(whole) - len(behind) - 1, len(whole)):
                check_finished(fed(whole[:i], whole[i:]), answer, keep_alive=False)
