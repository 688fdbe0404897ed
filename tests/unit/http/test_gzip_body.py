"""Gzip bodies: any text and copies come back, and a batch takes a tenth of its text."""

import json
import random

from support.uplinks.gzip_reader import joined, unpacked
from support.uplinks.harbor_rig import BEGIN_S, ENV, HarborRig
from wherry.http.deflate import Deflater
from wherry.http.head import request_head
from wherry.rows.mask import count_bits
from wherry.sending import verdict
from wherry.sending.batch.selection import Selection
from wherry.sending.begin import begin


def deflated(parts):
    """Return the body of parts, each a text, or (text, distance) for a copy; and the text."""
    out, text, body = Deflater(4000), b"", b""
    for part in parts:
        content = part[0] if type(part) is tuple else part
        out.add(content)
        if content is part:
            out.literals(content)
        else:
            out.copy(len(content), part[1])
        text += content
        if out.is_due():
            body += bytes(out.chunk())
    return body + bytes(out.end()), text


def repeated(text, distance, size):
    """Return the `size` bytes that follow a text if it continues with a copy."""
    found = text
    while len(found) < len(text) + size:
        found += found[len(found) - distance :][:distance]
    return found[len(text) : len(text) + size]


def test_any_text_and_copies_come_back():
    seed = random.getrandbits(30)
    random.seed(seed)
    for _ in range(150):
        text = bytes([random.randint(0, 255) for _ in range(random.randint(1, 300))])
        parts, distance = [text], 1
        for _ in range(random.randint(0, 40)):
            if random.randint(0, 2):
                if random.randint(0, 2):
                    distance = random.randint(1, len(text))
                size = random.choice((3, 4, 5, 10, 257, 258, 259, 260, 600))
                parts.append((repeated(text, distance, size), distance))
                text += parts[-1][0]
            else:
                parts.append(bytes([random.randint(0, 255) for _ in range(random.randint(0, 9))]))
                text += parts[-1]
        body, same = deflated(parts)
        assert same == text and unpacked(body) == text, seed
    print("seed %d" % seed)


def test_the_sizes_of_codes():
    # Eight bits for a letter, nine for other bytes; a match of three has 7 + 5 bits.
    empty = len(joined(deflated([])[0]))
    assert empty == 18 + 2
    for parts, size in (
        ([b"a" * 8], 8), ([b"\xff" * 8], 9), ([b"a" * 8, (b"a" * 3, 1)], 8 + 1),
        # 20,000 bytes in 78 matches.
        ([b"a" * 8, (b"a" * 20000, 1)], 8 + 78 * (8 + 5 + 5) // 8),
    ):  # fmt: skip
        found = len(joined(deflated(parts)[0])) - empty
        assert size <= found <= size + 1, (len(parts), found)


def test_the_head_announces_chunks():
    head = request_head("POST", "h.test", "/", (), -1)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in head and b"Content-Length" not in head


def test_a_batch_is_sent_as_gzip_and_again_with_the_same_bytes():
    rig = HarborRig(100, ENV, gzip="on")
    rig.server.lost = 1
    rig.run()
    server = rig.server
    assert server.requests == server.packed == 2 and rig.bodies[0] == rig.bodies[1]
    assert len(server.points) == server.copies == rig.ledger.delivered == 200
    assert len(joined(rig.bodies[0])) < 200 * 12
    plain = HarborRig(100, ENV)
    plain.run()
    assert (plain.server.packed, plain.server.points) == (0, server.points)


def test_a_small_body_stays_plain():
    rig = HarborRig(1, ENV, gzip="on")
    rig.run()
    assert (rig.server.packed, rig.ledger.delivered) == (0, 2)


def test_a_server_that_refuses_gzip_gets_the_same_readings_without_it():
    rig = HarborRig(250, ENV, gzip="on")
    rig.server.takes_gzip = False
    kinds = rig.run()
    assert kinds[:2] == [verdict.AGAIN, verdict.DELIVERED] and verdict.REJECTED not in kinds
    assert rig.server.packed == 1 and len(rig.server.points) == rig.ledger.delivered == 500
    assert rig.ledger.set_aside == 0


def test_a_bad_reading_is_found_without_gzip():
    rig = HarborRig(100, ENV, gzip="on")
    rig.server.refuse = lambda item: item["value"] == 42 and item["cargo_id"] == "temperature"
    rig.run()
    assert (rig.server.packed, rig.ledger.set_aside, rig.ledger.delivered) == (1, 1, 199)


def test_statuses_that_may_be_due_to_gzip_turn_it_off():
    for status in (400, 403, 404, 405, 408, 411, 413, 415, 422, 500, 501, 502, 503, 504):
        rig = HarborRig(100, ENV, gzip="on")
        rig.server.statuses = [status]
        assert rig.step().kind == verdict.AGAIN, status
        assert rig.run()[0] == verdict.DELIVERED and rig.server.packed == 1, status
    # Only a count shows that the server has unpacked the body; its readings are sent again.
    rig = HarborRig(100, ENV, gzip="on")
    rig.server.says_count = False
    assert [rig.step().kind for _ in range(2)] == [verdict.AGAIN, verdict.DELIVERED]
    assert rig.server.packed == 1 and len(rig.server.points) == rig.ledger.delivered == 200
    for status, header in ((401, ""), (429, ""), (503, "Retry-After: 5\r\n")):
        rig = HarborRig(100, ENV, gzip="on")
        rig.server.statuses, rig.server.retry_after = [status], header
        assert rig.step().kind != verdict.AGAIN, status
        rig.run()
        assert rig.server.packed == rig.server.requests == 2, status
        assert rig.ledger.delivered == 200, status


def test_an_upload_begins_with_gzip_unless_three_have_failed():
    rig = HarborRig(100, ENV, gzip="on")
    rig.server.takes_gzip = False
    rig.run()
    rig.server.takes_gzip = True
    for failures, packed in ((0, 2), (2, 3), (3, 3), (0, 4)):
        begin(rig.upload, failures)
        rig.add(10)
        rig.run()
        assert rig.server.packed == packed, failures


PLACE = (("latitude", "", 5), ("temperature", "", 2), ("speed", "", 1), ("longitude", "", 5))


def test_pairs_and_half_pairs_are_counted_as_they_are_sent():
    # The size of a body is reached, by a long name of the ship.
    for gzip in ("on", "off"):
        rig = HarborRig(0, PLACE, Selection([name for name, _, _ in PLACE], {}),
                        name="s" * 60, gzip=gzip)  # fmt: skip
        for i in range(300):
            mask = (15, 14, 14)[i % 3]
            values = [i, 2 * i, 3 * i, -i][4 - count_bits(mask) :]
            rig.queue.append(0, 0, BEGIN_S + 60 * i, 0, mask, values)
        counts = []
        while rig.upload.waiting():
            outcome = rig.step()
            text = unpacked(rig.bodies[-1]) if gzip == "on" else rig.bodies[-1]
            counts.append((len(json.loads(text.decode())), outcome.count))
            assert outcome.kind == verdict.DELIVERED and len(text) <= 24_002
        assert rig.server.copies == 0 and rig.ledger.delivered == 1000
        assert all(sent == counted for sent, counted in counts), counts
