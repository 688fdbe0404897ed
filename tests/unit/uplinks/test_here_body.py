"""HERE's bodies, byte for byte: rows as items, rows in a log, and where each ends."""

import json

from support.queue.folders import fresh
from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.here_server import UNIX_S
from wherry.queue.queue import Queue
from wherry.rows.frame import MS
from wherry.sending.batch.batch import Batch
from wherry.uplinks.here import body
from wherry.uplinks.here import dialect as here

ENV = (("temperature", "°C", 2), ("rh", "%", 1))
MOMENT = NOW_S, 500
# Limits of an item, a body and the clock, from the vendor's page and docs/protocols/here.md.
PAYLOAD_MAX, BODY_MAX = 1000, 16_000


def batch_of(channels, rows, ms=True):
    """Return a batch of rows (age in ms, values); None means that a channel has no reading."""
    queue = Queue(fresh(), channels, ms, 400_000)
    for age_ms, values in rows:
        mask = sum([1 << i for i, value in enumerate(values) if value is not None])
        taken = [value for value in values if value is not None]
        at_ms = (NOW_S - 1_000_000) * 1000 + 1_000_000_500 - age_ms
        queue.append(MS if ms else 0, 0, at_ms // 1000, at_ms % 1000 if ms else 0, mask, taken)
    return Batch(queue.reader(), queue.ledger("a"), None)


def made(channels, rows, trusting=False, count_max=200, moment=MOMENT, ms=True):
    """Return (body, session, number of readings); check that the measured size is written."""
    batch, session = batch_of(channels, rows, ms), here.Session()
    batch.open(count_max)
    batch.next()
    size, stamp, count = body.measure(session, batch, moment, trusting)
    assert session.stamped[0] * 1000 + session.stamped[1] + UNIX_S * 1000 == int(stamp)
    batch.open(count)
    batch.next()
    found = []
    for piece in body.pieces(size, b"LAST]", batch, moment, trusting):
        # On CPython `obj` is the whole buffer of a piece, which is on the node's heap.
        assert len(getattr(piece, "obj", piece)) <= 640
        found.append(bytes(piece))
    assert sum([len(piece) for piece in found[:-1]]) == size and found[-1] == b"LAST]"
    # A piece ends once it has more than 256 bytes; its buffer has room for one more entry.
    assert all(256 < len(piece) <= 576 for piece in found[:-2])
    assert batch.count == count
    return b"".join(found).decode(), session, count


def unix_ms(age_ms, moment=MOMENT):
    return (moment[0] + UNIX_S) * 1000 + moment[1] - age_ms


def alone(age_ms, text):
    return '{"timestamp":%d,"payload":%s},' % (unix_ms(age_ms), text)


def log(number, *entries):
    """Return the `number`-th item of a body, with a log of entries (age in ms, name, value)."""
    texts = ['[%d,"%s",%s]' % (unix_ms(age_ms), name, value) for age_ms, name, value in entries]
    return '{"timestamp":%d,"payload":{"log":[%s]}},' % (unix_ms(-number), ",".join(texts))


def test_rows_from_1_ms_to_six_seconds_old_are_separate_items():
    for age_ms, is_alone, is_old in (
        (-5000, False, False), (-1, False, False), (0, False, False), (1, True, False),
        (999, True, False), (1000, True, False), (5999, True, False), (6000, True, False),
        (6001, False, True), (7000, False, True), (60_000, False, True),
    ):  # fmt: skip
        for trusting in (False, True):
            text, session, count = made(ENV, [(age_ms, [2153, -7])], trusting)
            case = age_ms, trusting
            if is_alone or (trusting and is_old):
                item = alone(age_ms, '{"temperature":21.53,"rh":-0.7}')
                stamped = NOW_S, 501
            else:
                item = log(1, (age_ms, "temperature", "21.53"), (age_ms, "rh", "-0.7"))
                stamped = NOW_S, 502
            assert text == "[" + item + "LAST]", case
            assert (session.stamped, count) == (stamped, 2), case
            # Another form can be tried only if an old row was sent with its own stamp.
            assert session.had_old == (trusting and is_old), case


def test_rows_stamped_in_seconds_are_sent_with_0_milliseconds():
    text, _, _ = made(ENV, [(2500, [5, None]), (9500, [None, 1])], ms=False)
    assert (
        text == "[" + alone(2500, '{"temperature":0.05}') + log(1, (9500, "rh", "0.1")) + "LAST]"
    )


def test_consecutive_old_rows_share_a_log():
    rows = [(70_000, [1, 2]), (60_000, [None, 3]), (3000, [4, None]), (9000, [5, None])]
    text, session, count = made(ENV, rows)
    expected = (
        log(1, (70_000, "temperature", "0.01"), (70_000, "rh", "0.2"), (60_000, "rh", "0.3"))
        + alone(3000, '{"temperature":0.04}') + log(2, (9000, "temperature", "0.05"))
    )  # fmt: skip
    assert text == "[" + expected + "LAST]" and count == 5
    assert session.stamped == (NOW_S, 503) and not session.had_old
    # An old row with its own stamp is remembered even if a young row follows.
    assert made(ENV, rows, trusting=True)[1].had_old


def test_stamps_of_fresh_items_continue_in_the_next_second():
    for ms in (997, 998, 999):
        batch = batch_of(ENV, [(90_000, [1, None])])
        batch.open(9)
        batch.next()
        session = here.Session()
        _, stamp, _ = body.measure(session, batch, (NOW_S, ms), False)
        assert int(stamp) == (NOW_S + UNIX_S) * 1000 + ms + 2
        assert session.stamped == (NOW_S + (ms + 2) // 1000, (ms + 2) % 1000)


def test_a_log_has_at_most_1000_bytes_and_is_filled():
    for name_size in (1, 20, 99, 100):
        channels = [("n" * name_size, "", 0)]
        text, _, count = made(channels, [(90_000 + i, [10**9 - 1 - i]) for i in range(40)])
        payloads = [part[: part.index("]}}") + 2] for part in text.split('"payload":')[1:]]
        assert count == 40 == sum([len(json.loads(each)["log"]) for each in payloads])
        entry = len('[1795163040000,"",999999999],') + name_size
        for payload in payloads[:-1]:
            assert PAYLOAD_MAX - entry < len(payload) <= PAYLOAD_MAX, name_size


def test_a_row_of_999_bytes_is_an_item_and_a_larger_one_a_log():
    for size, is_alone in ((998, True), (999, True), (1000, False), (1001, False)):
        channels = [("%d" % i + "n" * 95, "", 0) for i in range(9)]
        left = size - len("{}") - 9 * (96 + len('"":5,')) - len('"":100')
        channels.append(("m" * left, "", 0))
        names = [channel[0] for channel in channels]
        payload = "{" + "".join(['"%s":5,' % name for name in names[:9]]) + '"%s":100}' % names[9]
        assert len(payload) == size and 0 < left <= 100
        text, _, _ = made(channels, [(2000, [5] * 9 + [100])])
        # Each member is counted with a comma after it.
        assert (text == "[" + alone(2000, payload) + "LAST]") == is_alone, size
        assert ('"log"' in text) == (not is_alone), size


def test_no_row_begins_past_16000_bytes():
    channels = [("n" * 100, "", 0)]
    rows = [(2000 + i, [5]) for i in range(112)]
    text, _, count = made(channels, rows)
    item = len(alone(2000, '{"%s":5}' % ("n" * 100)))
    # The body has all rows that begin below 16,000 bytes.
    assert count == (BODY_MAX - 1 - 1) // item + 1
    assert len(text) == 1 + count * item + len("LAST]")
    for count_max in (2, count - 1, count + 1):
        found = made(channels, rows, count_max=count_max)[2]
        assert found == min(count, count_max)


def test_a_body_that_changed_meanwhile_is_an_error():
    for difference, is_error in ((-1, True), (0, False), (1, True)):
        batch = batch_of(ENV, [(2000, [1, 2])])
        batch.open(9)
        batch.next()
        size = body.measure(here.Session(), batch, MOMENT, False)[0]
        batch.open(9)
        batch.next()
        found, error = b"", None
        try:
            for piece in body.pieces(size + difference, b"LAST]", batch, MOMENT, False):
                found += piece
        except OSError as raised:
            error = str(raised)
        expected = "the readings changed while they were sent" if is_error else None
        assert error == expected and found.endswith(b"LAST]") == (not is_error)
        # The body is at most as long as the request's head states, plus the end of the last piece.
        assert len(found) <= size + difference + 5


def test_a_complete_request():
    batch = batch_of(ENV[:1], [(60_000 + i, [i]) for i in range(202)])
    for is_async, path, learned, count in (
        (False, "/v2/", 0, 200), (True, "/v2/?async=true", 1, 1), (False, "/v2/", 199, 199),
        (False, "/v2/", 200, 200), (True, "/v2/?async=true", 201, 200),
    ):  # fmt: skip
        options = settings(endpoint="https://x.example", **{"async": is_async})
        session = here.Session()
        session.now, session.token, session.until_s = MOMENT, "t0ken", NOW_S + 99
        session.account = here.account(options)
        batch.learned_max = learned
        request = here.next_request(options, session, batch)
        assert (request.method, request.url) == ("POST", "https://x.example" + path)
        bearer, kind, (name, _) = request.headers
        assert bearer == ("Authorization", "Bearer t0ken") and name == "X-Request-Id"
        assert kind == ("Content-Type", "application/json")
        text = b"".join([bytes(piece) for piece in request.body])
        assert len(text) == request.body_size and batch.count == count
        items = json.loads(text.decode())
        assert sum([len(item.get("payload", {"log": ()})["log"]) for item in items]) == count
