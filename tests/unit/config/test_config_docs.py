"""The bounds in docs/config.md match the code: values pass at each bound and fail past it."""

import json

from wherry.config.check import ConfigError, check
from wherry.config.values import SIZES, TIMES

HARBOR = {"kind": "harbor", "harbor_id": "123", "api_key": "k3y"}
HERE = {
    "kind": "here",
    "device_id": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "device_secret": "s3cret",
    "shadow_payload": ["led"],
}
SENSOCAN = {
    "kind": "sensocan",
    "device_uuid": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "token": "t0ken",
}
THIRD_PARTY = {"driver": "chip:Chip", "source": "frozen", "channels": {"t": "t"}}
# (beginning of a heading, section that its keys belong to, other required keys)
SECTIONS = (
    ("## [node]", "node", {"sample_every": "1 s", "durability": "stage"}),
    ("## [[wifi]]", "wifi", {"ssid": "garden", "password": "correct horse"}),
    ("## [[uplink]]", "uplink", HARBOR),
    ("## [[sensor]]", "sensor", {"driver": "battery", "power_pin": 4, "mean": 2}),
    ("### Third-party drivers", "sensor", THIRD_PARTY),
    ('### kind = "harbor"', "uplink", HARBOR),
    ('### kind = "here"', "uplink", HERE),
    ('### kind = "sensocan"', "uplink", SENSOCAN),
)
COUNTED = ("bytes", "letters,", "names")


def bounds(path):
    """Yield (section, other keys, key, lowest, highest, unit) for each "n to m" in a table."""
    place = None
    with open(path) as file:
        for line in file:
            if line[0] == "#":
                place = next((each for each in SECTIONS if line.startswith(each[0])), None)
            cells = [cell.strip() for cell in line.split("|")]
            if not place or len(cells) < 6 or " to " not in cells[4]:
                continue
            low, high = cells[4].split(" to ")[:2]
            keys = [key.strip("` ") for key in cells[1].split(",")]
            for key in keys if low.lstrip("-")[0].isdigit() else ():
                yield (place[1], place[2], key) + amounts(low.split(), high.split())


def amounts(low, high):
    """Return (lowest, highest, unit), converted to the smallest unit."""
    unit = (high[1:] or [""])[0].rstrip(".")
    if unit in COUNTED or not unit:
        return int(low[0]), int(high[0]), unit
    for units in (TIMES, SIZES):
        factors = dict(units)
        if unit in factors:
            return int(low[0]) * factors[low[1]], int(high[0]) * factors[unit], units[-1][0]
    raise ValueError(unit)


def value(amount, unit):
    if unit == "names":
        return ["k%d" % i for i in range(amount)]
    if unit in COUNTED:
        return "z" * amount  # "z" is not a hex digit.
    return "%d %s" % (amount, unit) if unit else amount


def is_taken(section, beside, key, given):
    """Return True if a configuration is accepted in which `key` has the value `given`."""
    part = dict(beside)
    part[key] = {"temperature": given} if key == "names" else given
    raw = {
        "wifi": [{"ssid": "garden", "password": "correct horse"}],
        "uplink": [HARBOR],
        "sensor": [{"driver": "bme280"}],
    }
    raw[section] = part if section == "node" else [part]
    try:
        check(json.loads(json.dumps(raw)))
    except ConfigError as error:
        assert all(key in place for place, _, _ in error.errors), error
        return False
    return True


def test_every_documented_bound_matches_the_code():
    seen = []
    for section, beside, key, low, high, unit in bounds("docs/config.md"):
        seen.append(key)
        for amount, passes in ((low - 1, False), (low, True), (high, True), (high + 1, False)):
            found = is_taken(section, beside, key, value(amount, unit))
            assert found == passes, (key, amount, unit)
    assert {"name", "sample_every", "stage_age_max", "queue_size_max", "ssid", "label"} < set(seen)
    assert {"hold_days", "names", "harbor_id", "tenant", "state_age_max"} < set(seen)
    assert {"password", "shadow_sample_every_min", "shadow_send_every_min"} < set(seen)
    assert {"decimals", "offset", "every", "warm_up"} < set(seen)
