"""The bytes that a node sends and receives, as plain JSON and as gzip.

The network of `wherry year` counts every byte above Wi-Fi, with the heads of IP, TCP and TLS. The
comparison is a node that makes a connection for every reading.
"""

import tempfile
import tomllib
from pathlib import Path

from wherry_host.config import config_file
from wherry_host.config.toml_text import toml_text
from wherry_host.year.judge.tally import tally
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG, Node
from wherry_host.year.site import Site
from wherry_host.year.world.clock import DAY_US

from bench.rows import row

# The first upload of a life has few readings.
_DAYS, _QUICK_DAYS = 14, 2
_BATCH_COUNT = 200


def measure(quick):
    """Return {key: row} for the bench's table; raises ValueError if a life loses a reading."""
    days = _QUICK_DAYS if quick else _DAYS
    hourly, _ = _lived(days, "1 h", gzip="off")
    hourly_gzip, _ = _lived(days, "1 h", gzip="on")
    seldom, plain = _lived(days, "6 h", gzip="off")
    seldom_gzip, packed = _lived(days, "6 h", gzip="on")
    lone, _ = _lived(days, "10 min", channels=["temperature"])
    return {
        "body_bytes_per_reading": row(packed, "B", must=9, goal=6.5, digits=2),
        "body_bytes_per_reading_plain": row(plain, "B", digits=2),
        "wire_bytes_per_reading": row(hourly, "B", digits=1),
        "wire_bytes_per_reading_6h_gzip": row(seldom_gzip, "B", digits=1),
        "wire_bytes_lone_reading": row(lone, "B", digits=1),
        "wire_ratio": row(hourly / lone, "", must=0.05, digits=4),
        "wire_ratio_gzip": row(hourly_gzip / lone, "", digits=4),
        "wire_ratio_6h": row(seldom / lone, "", digits=4),
        "wire_ratio_6h_gzip": row(seldom_gzip / lone, "", must=0.01, digits=4),
    }


def _lived(days, send_every, **uplink):
    """Return the bytes per reading of the usual node, on the network and in full batches.

    Raises ValueError if a reading was lost.
    """
    raw = tomllib.loads(USUAL_CONFIG.read_text())
    raw["node"]["send_every"] = send_every
    raw["uplink"][0] |= uplink
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        path = Path(folder) / "node.toml"
        path.write_text(toml_text(raw))
        life = Life(Site(Node(config_file.load(path, None, USUAL_BOARD)), 1))
    life.run(BEGIN_US + days * DAY_US)
    found = tally(life)
    if found.problems:
        raise ValueError(found.problems[0])
    network = life.site.network
    # The node's own channels are readings too.
    (points,) = life.site.store.points.values()
    sizes = [each.size for each in life.site.requests() if each.count == _BATCH_COUNT]
    mean = sum(sizes) / max(len(sizes), 1)
    return (network.up_size + network.down_size) / len(points), mean / _BATCH_COUNT
