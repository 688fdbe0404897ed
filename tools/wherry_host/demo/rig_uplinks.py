"""The [[uplink]] sections with which a node speaks the dialects of a local server."""

from wherry_host.config import drivers
from wherry_host.server.dialects import tables


def sections(service, dialects, sensors):
    """Return a section for each of `dialects`, in their order, for a Service that runs.

    A dialect is its name, or (its name, more options of the section, or a function that makes them
    of the section). `sensors` are the sections of the node's sensors.
    """
    known, channels = service.summary(), _channels(sensors)
    result = []
    for dialect in dialects:
        name, more = (dialect, {}) if isinstance(dialect, str) else dialect
        section = tables()[name].section(known[name], channels)
        section |= more(section) if callable(more) else more
        if service.ca:
            section["ca"] = service.ca
        result.append(section)
    return result


def _channels(sensors):
    """Return the names of the sensors' channels."""
    found = []
    for sensor in sensors:
        prefix, names = sensor.get("prefix", ""), sensor.get("names", {})
        found += [
            prefix + names.get(name, name) for name, _, _ in drivers.channels(sensor["driver"])
        ]
    return found
