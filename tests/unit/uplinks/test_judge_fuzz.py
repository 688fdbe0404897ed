"""Any status, headers and body: judging never raises, and only a success moves the cursor."""

import random
import sys

from support.uplinks.answer import Answer
from support.uplinks.http_grammar import WANTED
from support.uplinks.recorded_answers import answers
from wherry.sending import verdict
from wherry.sending.status import retry_after_s
from wherry.uplinks.harbor import dialect as harbor

COUNT = 6000 if sys.implementation.name == "cpython" else 2000
SETTINGS = {"endpoint": "https://h.test/api/v2/ingest/7", "api_key": "key-1", "name": "node-1"}
KINDS = (
    verdict.DELIVERED, verdict.RETRY, verdict.REJECTED, verdict.DENIED, verdict.AGAIN,
    verdict.BUSY,
)  # fmt: skip
PIECES = (
    b'{"count":', b'"count"', b"count", b":", b" ", b"1", b"200", b"-", b"0x1", b"1e9", b"9" * 40,
    b"\x00", b"\xff\xfe", b"}", b"[", b'"', b"\xd9\xa1", b"null", b"true", b".5", b"1" * 8,
)  # fmt: skip
TEXTS = (
    "", "0", "1", "120", "999999", "1" * 40, "-1", "+1", "1.5", "1e3", "0x10", " 7 ", "?", "?" * 9,
    "Fri, 20 Nov 2026 08:24:00 GMT", "1_0", "1,2", "\t", "Wed, 99 Foo 9999 99:99:99 XXX",
)  # fmt: skip


def random_response():
    bodies = [random.choice(PIECES) for _ in range(random.randrange(12))]
    if random.randrange(3) == 0:
        bodies = [random.choice(RECORDED)]
    body = bytearray(b"".join(bodies)[: random.choice((1, 9, 30, 1024))])
    headers = {random.choice(WANTED): random.choice(TEXTS) for _ in range(random.randrange(4))}
    status = random.randrange(200, 600) if random.randrange(2) else random.choice(STATUSES)
    return Answer(status, body, headers)


RECORDED = [body for _, _, body in answers()]
STATUSES = [status for _, status, _ in answers()]


def check_judging(count, seed):
    """Judge `count` random answers; return how many were judged a success."""
    random.seed(seed)
    delivered = 0
    for i in range(count):
        response = random_response()
        sent = random.choice((1, 2, 200))
        kind, note = harbor.judge(SETTINGS, None, response, sent)
        place = (seed, i, response.status, response.headers, bytes(response.body), kind, note)
        assert kind in KINDS and 0 < len(note) < 100, place
        assert all(31 < ord(c) < 127 for c in note), place
        if kind == verdict.DELIVERED:
            assert 200 <= response.status < 300, place
            delivered += 1
        retry_s = retry_after_s(response.headers)
        assert isinstance(retry_s, int) and 0 <= retry_s <= 86400, place
    return delivered


def test_random_answers_are_judged():
    seed = random.getrandbits(30)
    print("seed", seed)
    delivered = check_judging(COUNT, seed)
    print(COUNT, "answers,", delivered, "of them successes")
    assert 0 < delivered < COUNT // 2
