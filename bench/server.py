"""The local server's rate of points, in batches of 100 from 50 keep-alive TLS connections.

The server and the clients are separate processes. Each batch has new points; as always, validation
is on, and an answer comes after its commit. First, each connection sends as fast as answers come,
which measures the rate. Then all connections together send at the requested rate, each batch at
its time, which measures the latency from the moment when the batch was due.
"""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.rows import row

_row = partial(row, digits=1)
_BATCH_COUNT = 100
_RATE_GOAL = 20_000
_PERCENTILE = 0.95


class Counts(NamedTuple):
    """The number of connections that send, and the duration of warm-up and measurement."""

    connections: int
    warm_up_s: float
    measured_s: float


_FULL = Counts(50, 2, 10)
_QUICK = Counts(5, 0.2, 0.8)
_COMMAND = [sys.executable, "-m", "wherry_host.cli", "server", "--json", "--no-page"]


def measure(quick):
    """Return {key: row} for the bench's table."""
    counts = _QUICK if quick else _FULL
    pause_s = counts.connections * _BATCH_COUNT / _RATE_GOAL
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        command = [*_COMMAND, "--db", str(Path(folder, "points.db"))]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            summary = json.loads(server.stdout.readline())
            flat_out = asyncio.run(_load(summary, "f", 0, counts))
            paced = asyncio.run(_load(summary, "p", pause_s, counts))
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate()
    p95_ms = 1000 * sorted(paced)[int(_PERCENTILE * len(paced))]
    rate = _BATCH_COUNT * len(flat_out) / counts.measured_s
    return {
        "server_points_per_s": _row(rate, "1/s", goal=_RATE_GOAL, better="higher"),
        "server_p95_ms": _row(p95_ms, "ms", goal=100),
    }


async def _load(summary, ship, pause_s, counts):
    """Return the latency of each answer to a batch that was due during the measurement."""
    now_s = time.monotonic()
    clients = [
        _client(summary, f"{ship}{i}", pause_s, now_s + pause_s * i / counts.connections, counts)
        for i in range(counts.connections)
    ]
    return [latency_s for found in await asyncio.gather(*clients) for latency_s in found]


async def _client(summary, ship, pause_s, due_s, counts):
    """Post a batch every `pause_s`, or directly after the last answer; return the latencies."""
    harbor = summary["harbor"]
    url = urlsplit(harbor["endpoint"])
    trust = ssl.create_default_context(cafile=summary["ca"])
    reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=trust)
    head = (
        f"POST {url.path}/batch HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"Content-Type: application/json\r\nX-API-Key: {harbor['api_key']}\r\nContent-Length: "
    )
    latencies_s = []
    begin_s = due_s + counts.warm_up_s
    sequence = 0
    while due_s < begin_s + counts.measured_s:
        await asyncio.sleep(max(0, due_s - time.monotonic()))
        body = _body(ship, sequence)
        sequence += 1
        writer.write(f"{head}{len(body)}\r\n\r\n{body}".encode())
        await _answer(reader)
        now_s = time.monotonic()
        if begin_s <= due_s:
            latencies_s.append(now_s - due_s)
        due_s = due_s + pause_s if pause_s else now_s
    writer.close()
    return latencies_s


def _body(number, sequence):
    stamp = f"2026-{1 + sequence // 86400:02}-01T" + time.strftime(
        "%H:%M:%SZ", time.gmtime(sequence)
    )
    points = (
        f'{{"ship_id":"node-{number}","cargo_id":"channel_{n}","value":{n}.5,"time":"{stamp}"}}'
        for n in range(_BATCH_COUNT)
    )
    return f"[{','.join(points)}]"


async def _answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    status, _, headers = head.partition(b"\r\n")
    if b" 202 " not in status:
        raise RuntimeError(f"the server answers {status.decode()}")
    for line in headers.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
