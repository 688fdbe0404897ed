"""Every request that the uplinks build from random queues is valid by its schema and table."""

import json
import random

import pytest
from support.places import DATA
from support.scans.octets import octets
from support.server.request_schemas import (
    PAYLOAD_SIZE_MAX,
    REQUESTS,
    Receiver,
    check_body,
    faults,
    named,
    payload_sizes,
)
from support.uplinks import here_rig
from support.uplinks.harbor_rig import HarborRig
from support.uplinks.sensocan_rig import AIR, RAIN, SensocanRig
from support.uplinks.sensocan_server import DEVICE
from wherry.config.uplinks import uplink
from wherry.reading import VALUE_MAX
from wherry.rows.frame import MS
from wherry.scans.bluetooth import beacons, keep
from wherry.scans.gsm import Cells
from wherry.scans.wlan import access_points
from wherry.sending.batch.selection import Selection
from wherry.text import cut
from wherry.uplinks.here import state

# Characters that a configuration allows in a name.
ODD = 'abz019_-. "\\/{}[],:°éß€𝄞'
PLACE = ("latitude", "longitude", "altitude", "accuracy", "speed", "heading", "satellites")
ROWS = (1, 2, 3, 40, 1)
PLACE_UNITS = {"speed": ("m/s", "km/h", "kn", "")}


@pytest.fixture
def seed():
    """Seed the random numbers, and print the seed."""
    number = random.getrandbits(30)
    random.seed(number)
    yield number
    print("seed", number)


def odd_name(size_max=100):
    """Return a name of at least one character and at most `size_max` bytes."""
    count = random.choice((1, 2, 12, size_max))
    return cut("".join(random.choice(ODD) for _ in range(count)), size_max)


def odd_channels(count, more=()):
    """Return (name, unit, decimals) of channels with different names, `more` among them."""
    names = {"payload", "value", "log"} if random.random() < 0.2 else set()
    while len(names) < count:
        names.add(odd_name())
    # A set's own order differs between processes.
    names = [*sorted(names), *more]
    if random.random() < 0.5:
        random.shuffle(names)
    return [(name, unit_of(name), random.randint(0, 6)) for name in names]


def unit_of(name):
    last_word = name.split("_")[-1]
    return random.choice(PLACE_UNITS.get(last_word, ("", "°C", "%", "V", "mV", "m")))


def odd_value(name, decimals):
    if name.split("_")[-1] in PLACE and random.random() < 0.8:
        # Near the bounds of a position and its course.
        return random.randint(-100, 400) * 10**decimals
    return random.randint(-VALUE_MAX, VALUE_MAX) >> random.randrange(30)


def fill(queue, channels, row_count, s, every_s=60, ms=False):
    """Queue rows up to second `s`, with and without milliseconds and of any channels."""
    masks = [random.randrange(1, 1 << len(channels)) for _ in range(random.choice((1, 1, 5)))]
    for i in reversed(range(row_count)):
        mask = random.choice(masks)
        taken = [channels[k] for k in range(len(channels)) if mask >> k & 1]
        values = [odd_value(name, decimals) for name, _, decimals in taken]
        flags = MS if ms and random.random() < 0.9 else 0
        queue.append(flags, 0, s - i * every_s, random.randrange(1000) * flags, mask, values)


def odd_statuses(*refusals):
    """Return which of the first requests are refused, and with which status."""
    return [random.choice(refusals) if random.random() < 0.25 else None for _ in range(9)]


def run(rig, seed):
    """Let an uplink send; a request's fault is raised with the seed."""
    try:
        rig.run()
    except (AssertionError, ValueError) as error:
        raise AssertionError(f"seed {seed}: {error}") from error
    return rig.server.names


def reported(names, wanted):
    """Check that each of these requests was made."""
    counts = {name: names.count(name) for name in wanted}
    print(sum(counts.values()), "requests:", counts)
    assert all(counts.values()) and set(names) == set(wanted), counts


def test_harbor(seed):
    names = []
    for case in range(48):
        channels = odd_channels(random.randint(1, 6), random.choice(((), PLACE[:3])))
        places = {channels[0][0]: "m" * 100} if random.random() < 0.3 else {}
        choose = random.choice((None, Selection("all", places)))
        keys = {"api": ("v1", "v2")[case % 2], "name": odd_name()}
        keys["mode"] = ("auto", "single", "batch")[case % 3]
        if random.random() < 0.3:
            keys["tenant"] = "acme"
        ms = random.random() < 0.5
        rig = HarborRig(0, channels, choose, ms, **keys)
        rig.server = Receiver(odd_statuses(400, 413, 422, 429, 500))
        rows = random.choice((1, 2, 8) if keys["mode"] == "single" else ROWS)
        fill(rig.queue, channels, rows, random.randrange(10**6, 10**9), ms=ms)
        names += run(rig, seed)
    reported(names, [row.name for row in REQUESTS[:4]])


def test_sensocan_forms(seed):
    names = []
    for case in range(48):
        sensors = (AIR,), (AIR, RAIN), (AIR, "battery_voltage"), PLACE[:2]
        channels = odd_channels((0, 1, 5)[case % 3], sensors[case % 4])
        given = {"kind": "sensocan", "device_uuid": DEVICE, "token": "token-1"}
        given["battery"] = random.choice(("battery_voltage", channels[0][0], ""))
        errors = []
        settings = uplink("", given, ("sensocan",), errors)
        assert not errors
        choose = Selection(random.choice(("all", "sensors")), {})
        ms = random.random() < 0.5
        rig = SensocanRig(channels, choose, ms, settings)
        # 404 and 422 are left out, because they may hold a channel.
        rig.server = Receiver(odd_statuses(400, 413, 429, 500))
        fill(rig.queue, channels, ROWS[case % 5], random.randrange(10**6, 10**9), ms=ms)
        names += run(rig, seed)
    reported(names, [row.name for row in REQUESTS[4:7]])


# HERE


def odd_here_rig():
    """Return a rig of random settings and channels, some with a position."""
    prefix = random.choice(("", "van_"))
    place = [prefix + name for name in PLACE[: random.choice((0, 2, 7))]]
    channels = odd_channels(random.randint(1, 5), place)
    names = [name for name, _, _ in channels]
    members = random.sample(sorted(state.MEMBERS), 4)
    host = random.choice(("tracking.api.here.com", "tracking.hereapi.com", ""))
    changes = {
        "mode": random.choice(("log", "trusting")),
        "async": random.random() < 0.5,
        "reported": {member: random.choice(names) for member in members},
        "name": odd_name(50),
        "endpoint": "https://" + (host or "cit.tracking.api.here.com"),
    }
    return here_rig.HereRig(channels, random.choice((0, 30)), **changes), channels


def odd_scan():
    """Return a possible result of the radios in the node's form."""
    scan = {"wlan": access_points([odd_point() for _ in range(random.randrange(60))])}
    heard = {}
    for _ in range(random.randrange(60)):
        begin = random.choice(("0201061aff4c000215", "1516aafe00e7", ""))
        keep(
            heard,
            random.randrange(2),
            random.randbytes(6),
            random.randint(-130, 20),
            octets(begin) + random.randbytes(24),
        )
    scan["bt"] = beacons(heard)
    modem = random.choice(("sim7000_gsm", "sim7000_lte", "sim800", "sim800_mode_3"))
    cells = Cells((DATA / f"modem_{modem}.txt").read_text().splitlines())
    scan["gsm"], scan["lte"] = cells.gsm, cells.lte
    return {kind: found for kind, found in scan.items() if found}


def odd_point():
    bssid = bytes((random.choice((0, 0x1C, 2, 1)), *random.randbytes(5)))
    ssid = random.choice((b"net", b"", b"net_nomap", bytes(range(32))))
    return ssid, bssid, random.randrange(200), random.randint(-140, 10), 3, False


def test_here_items(seed):
    names, scans = [], 0
    for case in range(48):
        rig, channels = odd_here_rig()
        rig.server = Receiver(odd_statuses(400, 413, 429, 500, 401) if case else [400])
        if case % 2:
            rig.session.scan = odd_scan()
            scans += bool(rig.session.scan)
        rows, every_s = random.choice(ROWS), random.choice((1, 60, 86_400))
        last_s = rig.now_s - random.choice((0, 1, 500))
        fill(rig.queue, channels, rows, last_s, every_s, ms=True)
        names += run(rig, seed)
    reported(names, [row.name for row in REQUESTS[7:]])
    assert scans > 5


# The schemas refuse wrong bodies.

STAMP = "2023-10-27T10:00:00Z"
POINT = {"ship_id": "sensor-01", "cargo_id": "temperature", "value": 24.5, "time": STAMP}
READING = {"value": 25.5, "timestamp": STAMP}
ITEM = {"timestamp": 1515169948976, "payload": {"sensor": "data"}}
CELL = {"mcc": 262, "mnc": 1, "lac": 5126, "cid": 16504}
WRONG = (
    ("harbor_v2_single", {**POINT, "value": "24.5"}),
    ("harbor_v2_single", {**POINT, "cargo_id": "x" * 101}),
    ("harbor_v2_batch", []),
    ("harbor_v2_batch", [POINT, {**POINT, "time": "2023-10-27T10:00:00"}]),
    ("harbor_v1_single", {name: POINT[name] for name in ("ship_id", "cargo_id", "value")}),
    ("harbor_v1_batch", POINT),
    ("sensocan_single", {"data": [READING]}),
    ("sensocan_bulk", {"data": []}),
    ("sensocan_bulk", {"data": [READING], "battery_voltage": 100.1}),
    ("sensocan_batch", {"data": [READING]}),
    ("here_items", [{**ITEM, "timestamp": 1.5}]),
    ("here_items", [{**ITEM, "scan": {"gsm": [{**CELL, "lac": 0}]}}]),
    ("here_items", [{**ITEM, "scan": {"wlan": [{"mac": "1c:1d:86:07:01:0f"}] * 129}}]),
    ("here_items", [{**ITEM, "scan": {"wlan": [{"mac": "1c:1d:86:07:01"}]}}]),
    ("here_items", [{**ITEM, "position": {"lat": 91, "lng": 1, "accuracy": 1}}]),
    ("here_items", [{**ITEM, "system": {"reportedSensorData": {"batteryLevel": 50.5}}}]),
)


@pytest.mark.parametrize(("schema", "content"), WRONG)
def test_wrong_bodies_are_refused(schema, content):
    assert faults(schema, content)


def test_faults_that_a_schema_cannot_express():
    point = json.dumps(POINT)
    check_body(named("v2 single"), point)
    for name, text in (
        ("v2 single", point.replace("24.5,", "NaN,")),
        ("v2 single", point[:-1] + ',"value":5}'),
        ("v2 single", point.replace("Z", "+02:00")),
        ("bulk", json.dumps({"data": [READING] * 101})),
        ("items", json.dumps([{**ITEM, "payload": {"log": "x" * (PAYLOAD_SIZE_MAX - 9)}}])),
        ("items", "[]"),
    ):
        assert text != point
        with pytest.raises((AssertionError, ValueError)):
            check_body(named(name), text)
    nested = '{"payload":{},"a":"}\\""}'
    assert payload_sizes(f'[{{"timestamp":5}},{{"payload":{nested}}}]') == [len(nested)]
