"""A node of ten minutes for a browser, in a server's file: every value is known."""

import json
import time
from contextlib import contextmanager

from running import running
from wherry_host.server.store import Store

S = 1_000_000
AGE_S = 600
UPLOAD_S = 10
# There is no reading between these two times, in seconds before the newest reading.
CUT_S = (300, 240)
NODE = "shed"
CHANNELS = {
    "temperature": lambda ago_s: 20 + ago_s % 7 / 4,
    "free_memory": lambda ago_s: 100.5 + ago_s,
    "node_boots": lambda ago_s: 4 if ago_s < CUT_S[0] else 3,
    "node_damaged": lambda ago_s: 0,
    "flow": lambda ago_s: 2.5,
}


def seconds():
    """Return the age in seconds of each reading, the oldest first."""
    return [ago_s for ago_s in range(AGE_S, -1, -1) if not CUT_S[0] > ago_s > CUT_S[1]]


def stored(path, end_us):
    """Fill the file of a server: a reading of each channel each second, sent every 10 s."""
    store = Store(path)
    uploads = {}
    for ago_s in seconds():
        rows = uploads.setdefault(ago_s // UPLOAD_S * UPLOAD_S, [])
        time_us = end_us - ago_s * S
        rows += [(NODE, name, time_us, value(ago_s)) for name, value in CHANNELS.items()]
    for sent_s, rows in uploads.items():
        store.add("harbor_v2", rows, end_us - sent_s * S)
    store.close()


@contextmanager
def serving(folder):
    """Yield the summary of a server on a file made by `stored`, and the file's `end_us`."""
    end_us = time.time_ns() // 1_000_000_000 * S
    stored(folder / "points.db", end_us)
    (folder / "run").mkdir()
    options = ("--json", "--plain-http", "--db", folder / "points.db")
    with running(folder / "run", "server", *options) as process:
        yield json.loads(process.stdout.readline()), end_us
