"""The body of a request, the verdict on each status, and the effects of a success."""

import json

from support.node.texts import value_text
from support.queue.folders import fresh
from support.uplinks.scripted import ScriptedRig
from wherry.http.json_body import pieces
from wherry.queue.queue import Queue
from wherry.reading import VALUE_MAX
from wherry.rows.frame import MS
from wherry.sending import status, verdict
from wherry.sending.batch.batch import Batch
from wherry.sending.batch.selected_batch import SelectedBatch
from wherry.sending.begin import begin
from wherry.uplinks.harbor import dialect as harbor


def expected(code):
    """Return the verdict according to docs/design/sending.md and RFC 9110."""
    if code in (400, 413, 422):
        return verdict.REJECTED
    if code == 429:
        return verdict.BUSY
    # 408 means that the server stopped waiting, and 425 means too early (RFC 8470).
    if 300 <= code <= 499 and code not in (408, 425):
        return verdict.DENIED
    return verdict.RETRY


def test_each_status_has_its_verdict():
    for code in range(1000):
        assert status.of_status(code) == expected(code), code


def test_a_retry_after_is_whole_seconds_up_to_a_day():
    for text, expected_s in (
        ("0", 0), ("1", 1), ("  7 ", 7), ("86399", 86399), ("86400", 86400), ("86401", 86400),
        ("000000001", 1), ("999999999", 86400), ("0000000001", 0), ("1000000000", 0),
        ("", 0), ("-1", 0), ("+1", 0), ("1.0", 0), ("1 2", 0), ("soon", 0), ("0x10", 0),
    ):  # fmt: skip
        assert status.retry_after_s({"retry-after": text}) == expected_s, text
    assert status.retry_after_s({}) == 0
    assert status.retry_after_s({"retry": "5"}) == 0


def test_a_success_moves_the_cursor_and_ends_a_refusal():
    rig = ScriptedRig(3)
    rig.ledger.denied_s, rig.ledger.passes = 77, 5
    outcome = rig.step(verdict.DELIVERED, 204, "HTTP 204", "60")
    # A server that has accepted all readings does not request a wait.
    assert (outcome.status, outcome.retry_s, outcome.count) == (204, 0, 6)
    saved = rig.saved()
    assert (saved.row, saved.channel, saved.delivered, saved.denied_s) == (2, 2, 6, 0)
    # Without a learned limit, batches are not counted.
    assert (rig.upload.count_max, saved.passes) == (0, 5)


def test_a_503_with_a_retry_time_means_busy():
    for code, text, kind, retry_s in (
        (503, "9", verdict.BUSY, 9), (503, "", verdict.RETRY, 0), (503, "0", verdict.RETRY, 0),
        (500, "9", verdict.RETRY, 9), (502, "9", verdict.RETRY, 9), (504, "9", verdict.RETRY, 9),
    ):  # fmt: skip
        outcome = ScriptedRig(3).step(verdict.RETRY, code, "x", text)
        assert (outcome.kind, outcome.retry_s) == (kind, retry_s), (code, text)


def test_uploads_share_a_reader_that_seeks_again_if_there_are_several():
    rig = ScriptedRig(3)
    reader = rig.queue.upload_reader
    assert rig.upload.batch.reader is reader
    forgotten = []
    reader.forget = lambda: forgotten.append(1)
    begin(rig.upload, 0)
    assert not forgotten
    rig.uploads.append(rig.upload)
    begin(rig.upload, 4)
    assert forgotten and rig.upload.failures == 4


ENDPOINT = "https://h.test/api/v2/ingest/7"
BEGIN_S = 848_000_000
ENV = (("temperature", "°C", 2), ("humidity", "%", 1))
STAMP, STAMP_MS = "2026-11-14T19:33:20Z", "2026-11-14T19:33:20.000Z"


def batch_of(channels, rows, ms=False, selection=None):
    """Return a batch of rows, a minute apart; each row is a list of values, None for no value."""
    queue = Queue(fresh(), channels, ms, 400_000)
    for i, values in enumerate(rows):
        mask = sum([1 << k for k, value in enumerate(values) if value is not None])
        taken = [value for value in values if value is not None]
        queue.append(MS if ms else 0, 0, BEGIN_S + 60 * i, 0, mask, taken)
    if selection:
        return SelectedBatch(queue.reader(), queue.ledger("a"), None, selection, queue)
    return Batch(queue.reader(), queue.ledger("a"), None)


def point(channel, value, stamp=STAMP, ship="shed"):
    """Return the bytes of one reading at Harbor, with the comma after it."""
    form = '{"ship_id":"%s","cargo_id":"%s","value":%s,"time":"%s"},'
    return len((form % (ship, channel, value, stamp)).encode())


def requested(batch, mode="auto", waiting=0, learned=0):
    """Return a Harbor request and its body."""
    batch.waiting, batch.learned_max = waiting, learned
    settings = {"endpoint": ENDPOINT, "api_key": "key-1", "name": "shed", "mode": mode}
    request = harbor.next_request(settings, None, batch)
    count_max = batch.count_max
    body = b"".join([bytes(piece) for piece in request.body])
    assert len(body) == request.body_size
    headers = (("X-API-Key", "key-1"), ("Content-Type", "application/json"))
    assert (request.method, request.headers) == ("POST", headers)
    return request, json.loads(body.decode()), count_max


def test_a_body_has_room_for_readings_like_the_first_rows():
    largest = point("temperature", "-10737418.23", STAMP_MS)
    one, two = point("temperature", "1.00"), point("humidity", "0.7")
    mean = (one + two) // 2 + 2
    for values, count, learned, size in (
        ([100, None], 1, 200, 0), ([100, None], 3, 0, 2 * (one + 2)), ([100, 7], 2, 0, mean),
        ([100, 7], 18, 0, 17 * mean), ([100, 7], 18, 200, 17 * mean),
        # While a limit is being learned, each reading may have the largest size.
        ([100, 7], 18, 199, 17 * largest), ([100, 7], 18, 5, 4 * largest), ([100, 7], 18, 1, 0),
    ):  # fmt: skip
        rows = [values] * (count if values[1] is None else count // 2)
        waiting, size = count, 2 + largest + size
        request, points, _ = requested(batch_of(ENV, rows), "batch", waiting, learned)
        assert request.url == ENDPOINT + "/batch"
        assert request.body_size == size, (waiting, learned, request.body_size, size)
        assert len(points) == min(waiting, learned or 200), (waiting, learned)


def test_a_body_has_24002_bytes_at_most():
    for count, name_size in ((150, 60), (120, 100), (200, 9)):
        channels = [("n" * name_size, "", 0)]
        largest = point("n" * name_size, "-1073741823", STAMP_MS) + 1
        request, points, _ = requested(batch_of(channels, [[5]] * 200), "batch", 200, count)
        mean = largest if count < 200 else point("n" * name_size, "5") + 2
        size = largest + (count - 1) * mean
        assert request.body_size == 2 + min(24_000, size), (count, name_size)
        assert len(points) <= count


# Pieces


def walk(channels, rows, size, ms=False, times=1):
    """Return the pieces of a body of plain items, and the largest size of an item."""
    batch = batch_of(channels, rows, ms)
    batch.open(len(rows) * len(channels))
    batch.next()
    shape = b"[", lambda name: (b'{"', name.encode() * times, b'":'), b',"t":"', b"]"
    largest = max([len(name) * times for name, _, _ in channels]) + 4 + 12 + 6 + 27
    return [bytes(piece) for piece in pieces(size, largest, shape, batch)], largest


def item(name, text, s):
    minutes = 33 * 60 + 20 + s
    time = "%02d:%02d:%02d" % (19 + minutes // 3600, minutes // 60 % 60, minutes % 60)
    return '{"%s":%s,"t":"2026-11-14T%sZ"},' % (name, text, time)


def test_a_large_reading_is_a_separate_piece():
    # A name has up to 100 bytes; the text before a value is longer than that.
    name = "n" * 100
    rows = [[-VALUE_MAX + i] for i in range(3)]
    first = '{"%s":-1073.741823,"t":"2026-11-14T19:33:20.000Z"},' % (5 * name)
    largest = len(first)
    found, given = walk([(name, "", 6)], rows, 3 * largest + 2, True, 5)
    assert given == largest
    # The first piece has the opening bracket; the last one ends with the closing one and a space.
    assert [len(piece) for piece in found] == [largest + 1, largest, largest + 1]
    texts = [first.replace("823", "%d" % (823 - i)) for i in range(3)]
    texts = [each.replace("33:20", "%02d:20" % (33 + i)) for i, each in enumerate(texts)]
    assert b"".join(found).decode() == "[" + "".join(texts)[:-1] + "] "
    # Spaces are added in pieces of the same size. A closing bracket that just fits stays with its
    # reading.
    found, _ = walk([(name, "", 6)], rows, 6 * largest, True, 5)
    assert [len(piece) for piece in found[2:]] == [largest + 1] * 3 + [largest - 4]
    found, _ = walk([(name, "", 6)], rows[:1], largest + 2, True, 5)
    assert [len(piece) for piece in found] == [largest + 1, 1]
    assert found[0].decode() == "[" + first[:-1] + "]"


def test_values_of_any_neighbours_are_written_whole():
    values = [0, 9, 10, 9, 99, 100, 101, 1, -1, -9, -10, -9, 0, 5, 15, 25, 24, 34, 1000, 999]
    # Values near the empty cache's initial value, and about a digit away from it.
    values += [VALUE_MAX >> 1, (VALUE_MAX >> 1) + 48, (VALUE_MAX >> 1) + 57, VALUE_MAX, 0]
    for start in (0, 7, 8, 20, 21, 22, 23):
        for decimals in (0, 3):
            rows = [[value] for value in values[start:]]
            found, _ = walk([("v", "", decimals)], rows, 60 * len(rows))
            parts = b"".join(found).decode().split('"v":')[1:]
            texts = [part.split(",")[0] for part in parts]
            expected = [value_text(value, decimals) for value in values[start:]]
            assert texts == expected, (start, decimals)
