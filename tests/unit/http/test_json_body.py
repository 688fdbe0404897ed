"""Bodies, compared byte for byte with a plain writer's: any values, channels, masks and limits."""

import random

from support.node.texts import json_text, stamp_text, value_text
from support.queue.folders import fresh
from support.uplinks.gzip_reader import unpacked
from wherry.queue.queue import Queue
from wherry.reading import VALUE_MAX
from wherry.rows.frame import MS, UNDATED
from wherry.sending.batch.batch import Batch
from wherry.uplinks.harbor import dialect as harbor

SETTINGS = {"endpoint": "https://h.test/api/v2/ingest/7", "api_key": "key-1", "name": 'a "ship"'}
# Every boot's ticks 0 are at this time, in seconds since 2000.
BOOT_S = 800_000_000


def date(flags, boot, s, ms):
    return BOOT_S + s, ms


def next_value(value):
    """Return a sensor's next value: near the last one, sometimes far away."""
    kind = random.randint(0, 19)
    if kind == 0:
        return random.randint(-VALUE_MAX, VALUE_MAX) >> random.randint(0, 29)
    return value + random.randint(-3, 3) if kind < 15 else -value if kind == 15 else value


def make_channels():
    """Return one to a dozen channels with up to six decimals."""
    count = random.randint(1, 12)
    return [
        ("channel_%d" % i * random.randint(1, 2), "", random.randint(0, 6)) for i in range(count)
    ]


def fill(root, model, s, row_count):
    """Queue rows of random channels; append the readings that the server must get to `model`."""
    channels = make_channels()
    ms = random.randint(0, 1)
    queue = Queue(root, channels, bool(ms), 400_000)
    values = [next_value(0) for _ in channels]
    mask = all_of_them = (1 << len(channels)) - 1
    for _ in range(row_count):
        values = [next_value(value) for value in values]
        if random.randint(0, 9) == 0:
            mask = random.randint(1, all_of_them)
        s += random.choice((1, 60, 60, 60, 61, 7200))
        thousandth = random.randint(0, 999) if ms else 0
        taken = [value for i, value in enumerate(values) if mask >> i & 1]
        if random.randint(0, 30) == 0:
            queue.append(MS | UNDATED, 3, s - BOOT_S, thousandth, mask, taken)
            stamp = stamp_text(s, thousandth)
        else:
            queue.append(MS if ms else 0, 0, s, thousandth, mask, taken)
            stamp = stamp_text(s, thousandth if ms else -1)
        for i in range(len(channels)):
            if mask >> i & 1:
                name, _, decimals = channels[i]
                model.append((name, value_text(values[i], decimals), stamp))
    return queue, s


def plain(readings):
    """Return a body of readings, written by a simple reference writer."""
    ship = json_text(SETTINGS["name"])
    form = '{"ship_id":"%s","cargo_id":"%s","value":%s,"time":"%s"}'
    return "[" + ",".join([form % ((ship,) + reading) for reading in readings]) + "]"


def test_bodies_equal_those_of_a_plain_writer():
    seed = random.getrandbits(30)
    random.seed(seed)
    readings = spaces = sizes = packed = 0
    for is_packed in (False, True) * 10:
        root = fresh()
        model = []
        s = random.randint(BOOT_S, BOOT_S + 90_000_000)
        for _ in range(2):
            queue, s = fill(root, model, s, 150)
        ledger = queue.ledger("a")
        batch = Batch(queue.reader(), ledger, date)
        done = 0
        while done < len(model):
            batch.waiting = len(model) - done
            limit = random.choice((1, 2, 7, 50, 150, 200))
            batch.learned_max = limit
            request = harbor.next_request(dict(SETTINGS, gzip=is_packed), None, batch)
            text = b"".join([bytes(piece) for piece in request.body])
            if request.body_size == -1:
                packed += 1
                text = unpacked(text).decode()
            else:
                text = text.decode()
                assert len(text) == request.body_size, seed
            assert len(text) <= 24_001, seed
            assert 0 < batch.count <= limit, seed
            body = text.rstrip(" ")
            expected = plain(model[done : done + batch.count])
            # A single reading is sent as a single point, unless the count is limited.
            if limit == 200 and batch.waiting == 1:
                expected = expected[1:-1]
            assert body == expected, (seed, done)
            done += batch.count
            ledger.row, ledger.channel = batch.end()
            if limit == batch.count and not is_packed:
                spaces += len(text) - len(body)
                sizes += len(text)
        assert harbor.next_request(SETTINGS, None, batch) is None, seed
        readings += done
    assert packed > 10
    print("%d bodies as gzip" % packed)
    print("%d readings, 1 in %d bytes a space, seed %d" % (readings, sizes // spaces, seed))


def test_a_walk_stops_before_a_row_without_a_time():
    queue = Queue(fresh(), [("a", "", 0), ("b", "", 0)], False, 400_000)
    for i in range(9):
        queue.append(MS | UNDATED if i == 5 else 0, 7 if i == 5 else 0, 100 + i, 0, 3, [i, i])
    ledger = queue.ledger("a")
    batch = Batch(queue.reader(), ledger, lambda flags, boot, s, ms: None)
    batch.waiting = 18
    request = harbor.next_request(SETTINGS, None, batch)
    assert len(b"".join([bytes(piece) for piece in request.body])) == request.body_size
    assert (batch.count, batch.end(), batch.undated, batch.boot) == (10, (4, 2), True, 7)
    ledger.row, ledger.channel = batch.end()
    assert harbor.next_request(SETTINGS, None, batch) is None and batch.undated
