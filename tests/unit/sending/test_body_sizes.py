"""The size of a body, the readings of a request, and the pieces of a body."""

import json

from support.node.texts import value_text
from support.queue.folders import fresh
from wherry.http.json_body import pieces
from wherry.http.request import reading_sizes
from wherry.queue.queue import Queue
from wherry.reading import VALUE_MAX
from wherry.rows.frame import MS
from wherry.sending.batch.batch import Batch
from wherry.sending.batch.selected_batch import SelectedBatch
from wherry.sending.batch.selection import Selection
from wherry.uplinks.harbor import dialect as harbor

ENDPOINT = "https://h.test/api/v2/ingest/7"
BEGIN_S = 848_000_000
ENV = (("temperature", "°C", 2), ("humidity", "%", 1))
PLACE = (("latitude", "", 5), ("longitude", "", 5))
# The number of bytes around a channel's name.
HEAD_SIZE = len('{"ship_id":"shed","cargo_id":"","value":')
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


def test_the_sizes_of_a_rows_readings_are_the_sizes_of_their_text():
    for ms, stamp in ((False, STAMP), (True, STAMP_MS)):
        for values, texts in (
            ([2153, None], ["21.53"]), ([None, -7], ["-0.7"]), ([0, 0], ["0.00", "0.0"]),
            ([-100_000, 99], ["-1000.00", "9.9"]), ([VALUE_MAX, None], ["10737418.23"]),
        ):  # fmt: skip
            batch = batch_of(ENV, [values], ms)
            batch.open(9)
            assert batch.next()
            names = [ENV[i][0] for i in range(2) if values[i] is not None]
            sizes = [point(name, text, stamp) for name, text in zip(names, texts)]
            found = reading_sizes(lambda name: HEAD_SIZE + len(name), len(',"time":"'), batch)
            # The largest size is that of any channel, even one that is not in the batch.
            largest = point("temperature", "-10737418.23", STAMP_MS)
            assert found == (sum(sizes), largest, len(names)), (ms, values)


def test_a_requests_count_is_the_smallest_of_all_limits():
    for waiting, learned, count_max in (
        (0, 0, 200), (1, 0, 1), (2, 0, 2), (199, 0, 199), (200, 0, 200), (201, 0, 200),
        (0, 1, 1), (0, 199, 199), (0, 200, 200), (5, 3, 3), (3, 5, 3), (3, 3, 3), (4, 3, 3),
    ):  # fmt: skip
        found = requested(batch_of(ENV, [[1, 2]] * 4), "batch", waiting, learned)[2]
        assert found == count_max, (waiting, learned)


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


def test_a_single_reading_is_as_large_as_its_text():
    for mode, waiting, learned, rows, is_single in (
        ("auto", 1, 0, 1, True), ("auto", 0, 0, 1, True), ("auto", 2, 0, 2, False),
        ("auto", 0, 0, 2, False), ("auto", 5, 0, 1, True), ("auto", 1, 5, 1, False),
        ("auto", 1, 1, 1, False), ("auto", 2, 1, 2, False), ("auto", 1, 200, 1, True),
        ("auto", 1, 199, 1, False), ("single", 1, 0, 1, True), ("single", 2, 0, 2, True),
        ("single", 2, 1, 2, True), ("batch", 1, 0, 1, False), ("batch", 0, 0, 1, False),
    ):  # fmt: skip
        batch = batch_of(ENV, [[100, None]] * rows)
        request, points, _ = requested(batch, mode, waiting, learned)
        case = mode, waiting, learned, rows
        assert request.url == ENDPOINT + ("" if is_single else "/batch"), case
        assert (type(points) is dict) == is_single, case
        if is_single:
            assert batch.count_max == 1, case
            assert request.body_size == point("temperature", "1.00") and batch.count == 1, case
        else:
            assert batch.count == min(rows, learned or 200), case


def test_a_position_has_room_for_both_coordinates():
    everything = Selection("all", {})
    largest = point("longitude", "-10737.41823", STAMP_MS)
    pair = point("latitude", "0.00001") + point("longitude", "0.00002")
    for learned, waiting, count_max, size in (
        (0, 2, 2, 2 * largest), (0, 8, 8, 2 * largest + 6 * (pair // 2 + 2)),
        (1, 8, 1, 2 * largest), (2, 8, 2, 2 * largest), (5, 8, 5, 5 * largest),
    ):  # fmt: skip
        batch = batch_of(PLACE, [[1, 2]] * 4, selection=everything)
        request, points, found = requested(batch, "batch", waiting, learned)
        assert (request.body_size, found) == (2 + size, count_max), (learned, waiting)
        assert len(points) == max(2, count_max // 2 * 2)


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


def test_a_piece_ends_where_the_next_reading_does_not_fit():
    items = [item("abc", "%d" % i, 60 * i) for i in range(100)]
    text = ("[" + "".join(items)[:-1] + "]").encode()
    # The last comma counts as well, and no limit is a byte too small.
    for size in (len(text) + 1, len(text) + 2, len(text) + 1000):
        found, _ = walk([("abc", "", 0)], [[i] for i in range(100)], size)
        assert b"".join(found) == text + b" " * (size - len(text)), size
        ends, end = [], 1
        for each in items:
            if end - (ends[-1] if ends else 0) + len(each) > 448:
                ends.append(end)
            end += len(each)
        sizes = [len(piece) for piece in found]
        for i, last in enumerate(ends):
            assert sum(sizes[: i + 1]) == last, (size, i)
        # All pieces but the last one are full.
        assert all(part == 448 for part in sizes[len(ends) : -1]) and max(sizes) <= 448
    # A size smaller by one leaves the last reading out.
    found, _ = walk([("abc", "", 0)], [[i] for i in range(100)], len(text))
    assert b"".join(found).rstrip(b" ") == ("[" + "".join(items[:-1])[:-1] + "]").encode()


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


def test_the_text_before_a_value_is_cached_for_eight_channels():
    channels = [("c%d" % i, "", 0) for i in range(10)]
    batch, names = batch_of(channels, [[5] * 10] * 6), []
    batch.open(60)
    batch.next()

    def head(name):
        names.append(name)
        return b'{"', name.encode(), b'":'

    shape = b"[", head, b',"t":"', b"]"
    assert sum([len(piece) for piece in pieces(4000, 60, shape, batch)]) == 4000
    assert [names.count("c%d" % i) for i in range(10)] == [1] * 8 + [6] * 2


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


def test_the_first_second_of_2000_has_a_stamp():
    for ms, stamp in ((False, "2000-01-01T00:00:00Z"), (True, "2000-01-01T00:00:00.000Z")):
        queue = Queue(fresh(), [("v", "", 0)], ms, 400_000)
        queue.append(MS if ms else 0, 0, 0, 0, 1, [7])
        batch = Batch(queue.reader(), queue.ledger("a"), None)
        batch.open(1)
        batch.next()
        shape = b"[", lambda name: (b'{"v":',), b',"t":"', b"]"
        text = '[{"v":7,"t":"%s"}]' % stamp
        found = b"".join([bytes(piece) for piece in pieces(len(text) + 1, 99, shape, batch)])
        assert found.decode() == text + " "
