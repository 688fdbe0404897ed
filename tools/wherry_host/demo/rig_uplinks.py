"""The [[uplink]] sections with which a node speaks the dialects of a local server."""

from wherry.config.sensors import sensor

from wherry_host.server.dialects import tables


def sections(service, dialects, sensors):
    """Return a section for each of `dialects`, in order, for a running Service.

    A dialect is its name, or (its name, more options of the section, or a function that returns
    them from the section). `sensors` are the sections of the node's sensors.
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
    """Return the names of the channels of sections without errors."""
    typed = [sensor("", section, (), {}, []) for section in sensors]
    return [channel[0] for section in typed for channel in section["channels"]]
