"""The HTTP reader on random answers: well-formed ones, illegal ones, and mutilated ones.

A well-formed answer must be read with its meaning, an illegal one must never be finished, and
the meaning of any bytes must not depend on the pieces in which they come.
"""

import random
import sys

from support.uplinks.http_answers import FRAMED
from support.uplinks.http_grammar import CLOSE, Answer, illegal, mutated
from wherry.http.response import ProtocolError, ResponseReader

# The number of cases of each kind. MicroPython is slower, and runs each seed only once.
COUNT = 6000 if sys.implementation.name == "cpython" else 2000
BODY_MAX = 40


def outcome(octets, size):
    """Feed pieces of `size` bytes, then close; return everything that a caller can see."""
    reader = ResponseReader(body_max=BODY_MAX)
    view = memoryview(octets)
    try:
        for i in range(0, len(octets), size):
            reader.feed(view[i : i + size])
        framed, keep_alive = reader.done, reader.keep_alive
        reader.eof()
    except ProtocolError:
        assert not reader.done and not reader.keep_alive
        return None
    assert reader.done and 200 <= reader.status < 600 and len(reader.body) <= BODY_MAX
    assert reader.body_size >= len(reader.body)
    return (framed, reader.status, bytes(reader.body), reader.body_size, keep_alive,
            sorted(reader.headers.items()))  # fmt: skip


def same_in_any_pieces(octets, place):
    """Return the outcome of the bytes; check that it is the same for pieces of other sizes."""
    whole = outcome(octets, len(octets))
    for size in (1, random.randrange(2, 30)):
        found = outcome(octets, size)
        assert found == whole, (place, size, octets, whole, found)
    return whole


def check_well_formed(count, seed):
    random.seed(seed)
    for i in range(count):
        answer = Answer()
        behind = random.choice((b"", b"", b"HTTP/1.1 202 x\r\nContent-Length: 0\r\n\r\n", b"\0"))
        if answer.framing == CLOSE:
            behind = b""
        octets = answer.octets() + behind
        meant = (answer.framing != CLOSE, answer.status, answer.body[:BODY_MAX], len(answer.body),
                 answer.keep_alive and not behind, sorted(answer.headers.items()))  # fmt: skip
        found = same_in_any_pieces(octets, (seed, i))
        assert found == meant, (seed, i, octets, meant, found)


def check_illegal(count, seed):
    random.seed(seed)
    for i in range(count):
        octets = illegal() + random.choice((b"", b"\r\n", b"\r\n\r\nHTTP/1.1 202 x\r\n\r\n"))
        found = same_in_any_pieces(octets, (seed, i))
        assert found is None, (seed, i, octets, found)


def check_mutated(count, seed):
    """Read `count` mutated answers; return how many of them were finished."""
    random.seed(seed)
    finished = 0
    for i in range(count):
        case = random.choice(FRAMED[:-1])[0] if i & 1 else Answer().octets()
        finished += same_in_any_pieces(mutated(case), (seed, i)) is not None
    return finished


def drawn_seed():
    seed = random.getrandbits(30)
    print("seed", seed)
    return seed


def test_random_well_formed_answers_are_read_with_their_meaning():
    check_well_formed(COUNT, drawn_seed())
    print(COUNT, "well-formed answers")


def test_random_illegal_answers_are_never_finished():
    check_illegal(COUNT, drawn_seed())
    print(COUNT, "illegal answers")


def test_random_answers_mean_the_same_in_any_pieces():
    finished = check_mutated(COUNT, drawn_seed())
    print(COUNT, "mutilated answers,", finished, "of them finished")
    assert 0 < finished < COUNT
