"""The [[uplink]] sections with which a node speaks the dialects of a local server.

To SensoCan a sensor's channels go by their UUIDs, the node's own by their slugs.
"""

#: The dialects, as a person calls them.
NAMES = {
    "harbor": "Harbor v2",
    "harbor_v1": "Telemetry Harbor v1",
    "sensocan": "SensoCan",
    "here": "HERE Tracking",
}


def sections(service, dialects, sensors):
    """Return a section for each of `dialects`, in their order, for a Service that runs.

    A dialect is its name, or (its name, more options of the section, or a function that makes them
    of the section). `sensors` are the sections of the node's sensors.
    """
    known = service.summary()
    result = []
    for dialect in dialects:
        name, more = (dialect, {}) if isinstance(dialect, str) else dialect
        section = _SECTIONS[name](known, sensors)
        section |= more(section) if callable(more) else more
        if service.ca:
            section["ca"] = service.ca
        result.append(section)
    return result


def _harbor(known, _):
    return {"kind": "harbor", "endpoint": known["endpoint"], "api_key": known["api_key"]}


def _harbor_v1(known, _):
    return {"kind": "harbor", "label": "harbor-v1", **known["harbor_v1"]}


def _sensocan(known, sensors):
    account = known["sensocan"]
    uuids = account["sensors"]
    return {
        "kind": "sensocan",
        "endpoint": account["url"],
        "device_uuid": account["device_uuid"],
        "token": account["token"],
        "names": {name: uuids[name] for name in _channels(sensors) if name in uuids},
    }


def _here(known, _):
    account = known["here"]
    return {
        "kind": "here",
        "endpoint": account["url"],
        "device_id": account["device_id"],
        "device_secret": account["device_secret"],
    }


_SECTIONS = {
    "harbor": _harbor,
    "harbor_v1": _harbor_v1,
    "sensocan": _sensocan,
    "here": _here,
}


def _channels(sensors):
    """Return the names of the sensors' channels."""
    found = []
    for sensor in sensors:
        module = __import__("wherry.sensors." + sensor["driver"], fromlist=["CHANNELS"])
        prefix, names = sensor.get("prefix", ""), sensor.get("names", {})
        found += [prefix + names.get(name, name) for name, _, _ in module.CHANNELS]
    return found
