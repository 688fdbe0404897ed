"""Nodes for lives with faults, and such a life with its judgement."""

from functools import cache
from tempfile import TemporaryDirectory

from support.year.found import failure
from support.year.lives import PLAIN, node_of
from support.year.shrink import judged
from support.year.strategy import Case
from wherry_host.year.faults import fault
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US

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
    "telemetry": {"node": _NODE, "uplink": [PLAIN["uplink"][0] | {"api": "v1"}]},
    "keys": {"node": _NODE, "uplink": [PLAIN["uplink"][0] | {"api_key": ["first", "second"]}]},
    "sensors": {"node": _NODE, "sensor": _SENSORS},
    "ms": {"node": _NODE | {"stamps": "ms"}},
    "json": {"node": _NODE, "uplink": [PLAIN["uplink"][0] | {"gzip": "off"}]},
    "chip": {"node": _NODE, "time": {"ds3231": "i2c0"}},
    "hold": {"node": _NODE, "time": {"undated": "hold"}},
    "drop": {"node": _NODE | {"durability": "stage"}, "time": {"undated": "drop"}},
    # It also sends at once, and to one of its servers seldom.
    "alarm": {
        "node": _NODE,
        "sensor": [{"driver": "bme280", "alarm_above": {"temperature": 3}}],
        "uplink": [*PLAIN["uplink"], HERE | {"send_every": "12 h"}],
    },
    # Its queue is full after some hours without a network.
    "small": {
        "node": _NODE | {"sample_every": "2 min", "send_every": "1 h", "queue_size_max": "16 KB"},
        "sensor": [
            {"driver": driver, "prefix": f"{driver}_"}
            for driver in ("bme280", "sht3x", "aht20", "ina219", "tmp117")
        ],
    },
    "mains": {
        "node": _NODE | {"sample_every": "10 min", "send_every": "1 h"},
        "power": {"source": "mains"},
    },
}


# A life of the node with a small queue takes long.
_DAYS = {"small": 3}


@cache
def faulty_node(name, begin_us=BEGIN_US):
    """Return the Node of this name in NODES, whose lives begin at a true time."""
    with TemporaryDirectory() as folder:
        return node_of(folder, begin_us=begin_us, **NODES[name])


def case_of(name, seed, days=None):
    """Return the Case of a seed, with days that suit the node."""
    days = days or _DAYS.get(name, 11)
    count = len(NODES[name].get("uplink", PLAIN["uplink"]))
    return Case(days, tuple(fault.draw(seed, days, count)))


def check(name, seed, case, kind=Life):
    """Return (Life, Tally) of a node's life with the faults of a Case.

    Raises AssertionError if the life fails: with its faults, the least of them that fail in the
    same way, the problem, and the path of a test file with the least faults.
    """
    node = faulty_node(name)
    life, found, problems = judged(node, seed, case, kind)
    assert not problems, failure(node, name, seed, case)
    return life, found


def live(name, seed, days=None):
    """Return (Life, Tally) of a node's life with the faults of a seed, as `check` does."""
    return check(name, seed, case_of(name, seed, days))


def _scene(days, text):
    return Case(days, tuple(fault.read(text, 0, days)))


_THREE_BOOTS = (
    "access_point@90000=95,power_cut@110000=20,power_cut@170000=90,button@200000=0,"
    "power_cut@250000=50"
)
#: [(name of a node, Case)] of short lives whose undated rows random faults seldom reach.
UNDATED = [
    # The rows before the cut and after it are undated.
    ("small", _scene(1, "internet@5000=99,brown_out@63200=0")),
    # The power fails in the middle of a frame, whose rows are recovered at the next start.
    ("small", _scene(1, "internet@0=99,brown_out@3435=83")),
    # A row that was lost with RTC memory, and the next one, have the same number and ticks.
    ("stage", _scene(4, "internet@0=99,power_cut@6000=0,power_cut@200000=0")),
    # More readings without a date are set aside than the files hold.
    ("hold", _scene(3, "internet@0=99,brown_out@90330=78")),
    # Two boots without a time are between boots that know it.
    *((name, _scene(7, _THREE_BOOTS)) for name in ("plain", "ms", "three", "hold", "drop")),
    ("stage", _scene(5, "internet@0=95,power_cut@40000=60,button@150000=0,power_cut@160000=95")),
]
#: The same for other moments.
SCENES = [
    *UNDATED,
    ("small", _scene(4, "internet@5000=99")),
    ("small", _scene(3, "bad_channel@7200=100,bad_channel@50401=100")),
    ("plain", _scene(4, "port_closed@0=80,power_cut@5000=0,power_cut@6000=30,ntp_silent@0=90")),
]
