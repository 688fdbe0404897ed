"""A valid configuration, changes of it, and the lines of its errors."""

import json

from support.node.check import raises
from wherry.config.check import ConfigError, check

NODE = """{
  "wifi": [{"ssid": "garden", "password": "correct horse"}],
  "uplink": [{"kind": "harbor", "harbor_id": "123", "api_key": "k3y-That-Must-Not-Be-Seen"}],
  "sensor": [{"driver": "bme280"}]
}"""
TABLES = ("node", "power", "time", "alert")


def changed(section, changes):
    """Return the plain node with keys of one section set; None removes a key."""
    raw = json.loads(NODE)
    if section in TABLES:
        raw.setdefault(section, {})
    part = raw[section][0] if type(raw[section]) is list else raw[section]
    for key in changes:
        part[key] = changes[key]
        if changes[key] is None:
            del part[key]
    return raw


def lines(raw):
    return str(raises(ConfigError, check, raw)).split("\n")


def several(section, parts):
    """Return the plain node with a copy of its one section for each part, changed by that part."""
    raw = json.loads(NODE)
    first = raw[section][0]
    raw[section] = []
    for part in parts:
        entry = dict(first)
        entry.update(part)
        raw[section].append(entry)
    return raw
