"""Nodes for lives with faults, and such a life with its judgement."""

from functools import cache
from tempfile import TemporaryDirectory

from support.year.lives import PLAIN, lived, node_of
from wherry_host.year.faults import fault
from wherry_host.year.tally import tally

HERE = {
    "kind": "here",
    "device_id": "47164fb0-b7b3-49e8-891b-650270b82cf2",
    "device_secret": "s" * 43,
}
SENSOCAN = {
    "kind": "sensocan",
    "device_uuid": "a1b2c3d4-e5f6-7890-abcd-ef1234567891",
    "token": "t" * 43,
    "channels": "sensors",
    "names": {"temperature": "7a8b9c0d-1234-5678-90ab-00000000aaaa", "humidity": "damp"},
}
_NODE = {"name": "life", "sample_every": "30 min", "send_every": "3 h"}
_SENSORS = [
    {"driver": "bme280"},
    {"driver": "battery"},
    {"driver": "analog", "pin": 34, "name": "soil"},
    {"driver": "sht3x", "prefix": "o_"},
    {"driver": "ds18b20", "pin": 4, "prefix": "w_"},
]
#: {name: sections that differ from PLAIN}; the nodes sample seldom, so that a life is short.
NODES = {
    "plain": {"node": _NODE},
    "stage": {"node": _NODE | {"durability": "stage"}},
    "three": {"node": _NODE, "uplink": [*PLAIN["uplink"], HERE, SENSOCAN]},
    "here": {"node": _NODE, "uplink": [HERE]},
    "sensocan": {"node": _NODE, "uplink": [SENSOCAN]},
    "sensors": {"node": _NODE, "sensor": _SENSORS},
    "ms": {"node": _NODE | {"stamps": "ms"}},
    "mains": {
        "node": _NODE | {"sample_every": "10 min", "send_every": "1 h"},
        "power": {"source": "mains"},
    },
}


@cache
def faulty_node(name):
    """Return the Node of this name in NODES."""
    with TemporaryDirectory() as folder:
        return node_of(folder, **NODES[name])


def live(name, seed, days=11):
    """Return (Life, Tally) of a node's life with the faults of a seed.

    Raises AssertionError with the faults if the tally finds a violation.
    """
    faults = fault.draw(seed, days)
    life = lived(faulty_node(name), days, seed, faults=faults)
    found = tally(life)
    texts = ",".join(map(str, faults))
    assert not found.violations, (f"node {name}, seed {seed}: --faults {texts}", found.problems)
    return life, found
