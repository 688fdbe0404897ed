"""How many points the local server takes: batches of 100 from 50 keep-alive connections over TLS.

Server and clients are processes of their own. Every batch is of new points; validation is on,
and an answer comes after its commit, as always. First each connection sends as fast as answers
come, which tells the rate; then all together send at the rate that is asked for, each batch at its
time, which tells how long an answer takes: from the moment at which the batch was due.
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
from urllib.parse import urlsplit

from bench.rows import row

_row = partial(row, digits=1)
_CONNECTION_COUNT = 50
_BATCH_COUNT = 100
_WARM_UP_S = 2
_MEASURED_S = 10
_RATE_GOAL = 20_000
_PERCENTILE = 0.95
_COMMAND = [sys.executable, "-m", "wherry_host.cli", "server", "--json", "--no-page"]


def measure():
    """Return {key: row} for the bench's table."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        command = [*_COMMAND, "--db", str(Path(folder, "points.db"))]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            summary = json.loads(server.stdout.readline())
            flat_out = asyncio.run(_load(summary, "f", 0))
            paced = asyncio.run(_load(summary, "p", _CONNECTION_COUNT * _BATCH_COUNT / _RATE_GOAL))
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate()
    p95_ms = 1000 * sorted(paced)[int(_PERCENTILE * len(paced))]
    return {
        "server_points_per_s": _row(_rate(flat_out), "1/s", goal=_RATE_GOAL, better="higher"),
        "server_points_per_s_paced": _row(_rate(paced), "1/s", better="higher"),
        "server_p95_ms": _row(p95_ms, "ms", goal=100),
    }


def _rate(latencies_s):
    return _BATCH_COUNT * len(latencies_s) / _MEASURED_S


async def _load(summary, ship, pause_s):
    """Return how long each batch's answer took, of those that were due while measuring."""
    begin_s = time.monotonic() + _WARM_UP_S
    clients = [
        _client(
            summary, f"{ship}{number}", pause_s, begin_s + pause_s * number / _CONNECTION_COUNT
        )
        for number in range(_CONNECTION_COUNT)
    ]
    return [latency_s for found in await asyncio.gather(*clients) for latency_s in found]


async def _client(summary, ship, pause_s, begin_s):
    """Post a batch each `pause_s`, or at once behind the last answer; return the latencies."""
    harbor = summary["harbor"]
    url = urlsplit(harbor["endpoint"])
    trust = ssl.create_default_context(cafile=summary["ca"])
    reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=trust)
    head = (
        f"POST {url.path}/batch HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"Content-Type: application/json\r\nX-API-Key: {harbor['api_key']}\r\nContent-Length: "
    )
    latencies_s = []
    due_s = begin_s - _WARM_UP_S
    sequence = 0
    while due_s < begin_s + _MEASURED_S:
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
