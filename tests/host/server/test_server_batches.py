"""The open server takes each gzip body of 1,000 random batches: zlib unpacks the same JSON."""

import json
import random
import ssl
import zlib
from datetime import datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from support.server.harbor_accounts import with_key
from support.uplinks.gzip_reader import joined
from support.uplinks.harbor_rig import BEGIN_S, HarborRig
from wherry_host.server.service import Service

_COUNT = 1_000
_GZIP = 31
_VALUE_MAX = (1 << 30) - 1
_NAMES = ("temperature", "humidity", "co2", "soil_1", "soil_2", "node_row", "t", "pressure")


@pytest.fixture(scope="module")
def client():
    with Service(accounts=with_key("key-1"), profile="oss") as service:
        trust = ssl.create_default_context(cafile=service.ca)
        headers = {"X-API-Key": "key-1", "Content-Type": "application/json"}
        with httpx.Client(verify=trust, headers=headers, base_url=service.url) as session:
            yield session


def rows_of(chance, count):
    """Return random rows of `count` channels: walks, jumps, and rows that lack channels."""
    values, s, found = [chance.randint(-900, 900) for _ in range(count)], BEGIN_S, []
    step, every_s = chance.choice((0, 1, 30, 10**6)), chance.choice((1, 10, 600, 86_399))
    for _ in range(chance.randint(20, 120)):
        s += every_s if chance.random() < 0.9 else chance.randint(1, 10**6)
        for i in range(count):
            values[i] += chance.randint(-step, step)
            if chance.random() < 0.02:
                values[i] = chance.choice((0, 9, 10, 99, 100, -1, _VALUE_MAX, -_VALUE_MAX))
            values[i] = max(-_VALUE_MAX, min(_VALUE_MAX, values[i]))
        mask = (1 << count) - 1
        if chance.random() < 0.1:
            mask = chance.randint(1, mask)
        found.append((s, chance.randint(0, 999), mask, list(values)))
    return found


def body_of(channels, name, ms, rows):
    """Return the first body of these rows."""
    rig = HarborRig(0, channels, ms=ms, name=name, gzip="on")
    for s, part_ms, mask, values in rows:
        present = [value for i, value in enumerate(values) if mask >> i & 1]
        rig.queue.append(rig.flags, 0, s, part_ms if ms else 0, mask, present)
    rig.step()
    return rig.bodies[0]


def items_of(channels, name, ms, rows):
    """Return the readings of these rows as the server parses them."""
    found = []
    for s, part_ms, mask, values in rows:
        time = (datetime(2000, 1, 1) + timedelta(seconds=s)).isoformat()
        time += f".{part_ms:03}Z" if ms else "Z"
        for i, (cargo, _, decimals) in enumerate(channels):
            if mask >> i & 1:
                value = Decimal(values[i]).scaleb(-decimals)
                found.append({"time": time, "ship_id": name, "cargo_id": cargo, "value": value})
    return found


def test_a_thousand_random_batches_with_gzip(client):
    seed = random.getrandbits(32)
    chance = random.Random(seed)
    packed_count = 0
    for number in range(_COUNT):
        count = chance.randint(1, len(_NAMES))
        names = chance.sample(_NAMES, count)
        channels = tuple((name, "", chance.randint(0, 5)) for name in names)
        given = channels, f"ship {number}", chance.random() < 0.3, rows_of(chance, count)
        where = f"seed {seed}, batch {number}"
        body, headers = body_of(*given), {}
        text = body
        # A small body stays plain.
        if body[:1] != b"[":
            body, headers = joined(body), {"Content-Encoding": "gzip"}
            text, packed_count = zlib.decompress(body, _GZIP), packed_count + 1
        items = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        assert items == items_of(*given)[: len(items)], where
        answer = client.post("/api/v2/ingest/batch", content=body, headers=headers)
        assert answer.status_code in (200, 201, 202), (where, answer.text)
        assert answer.json()["count"] == len(items), where
    assert packed_count > _COUNT * 0.9
