"""The [[uplink]] sections with which a node speaks the dialects of a local server."""

from wherry.config.sensors import sensor

from wherry_host.server.dialects import tables


def sections(service, dialects, sensors):
    """Return an [[uplink]] section to a running Service for each of `dialects`, in order.

    A dialect is a name, or a pair of a name and more options of the section; these may be a
    function that returns the options from the section. `sensors` are the sections of the node's
    sensors.
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
