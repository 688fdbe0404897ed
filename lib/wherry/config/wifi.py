"""A [[wifi]] section: a network, and the node's addresses in it if it does not use DHCP."""

from wherry.config import messages
from wherry.config.sections import options

# The same value as in firmware/net/wifi.py.
LEASE_MAX_MS = 21600000
OPTIONS = {
    "ssid": ("ssid", ...),
    "password": ("password", ""),
    "hidden": ("bool", False),
    "lease_max": ("duration", LEASE_MAX_MS, 0, 604800000),
    "ip": ("interface", None),
    "gateway": ("ipv4", None),
    "dns": ("ipv4", None),
}


def network(place, given, errors):
    """Return the options of a section: ssid, password, and those that differ from their default.

    Each key of the settings needs heap on the device. `ip`, `gateway` and `dns` become one list,
    `addresses`, with ifconfig's four strings: address, mask, gateway, name server.
    """
    section = options(place, given, OPTIONS, errors)
    for key, usual in (("hidden", False), ("lease_max_ms", LEASE_MAX_MS)):
        if section[key] == usual:
            del section[key]
    address, gateway, dns = [section.pop(key) for key in ("ip", "gateway", "dns")]
    if ... in (address, gateway, dns):
        return section
    if address:
        section["addresses"] = _addresses(place, address, gateway, dns, errors)
        return section
    for key, value in (("gateway", gateway), ("dns", dns)):
        if value is not None:
            remedy = 'give ip too, such as "192.168.1.50/24", or remove it'
            errors.append(("%s: %s" % (place, key), messages.shown("ipv4", given[key]), remedy))
    return section


def _addresses(place, address, gateway, dns, errors):
    own, bits = address
    mask = 0xFFFFFFFF << 32 - bits & 0xFFFFFFFF
    first = own & mask
    last = first | mask ^ 0xFFFFFFFF
    if gateway is None:
        gateway = first + 1
    if own in (first, last):
        remedy = "give one of %s to %s" % (_text(first + 1), _text(last - 1))
        errors.append((place + ": ip", _text(own) + ", which names the network", remedy))
    elif gateway == own or not first < gateway < last:
        remedy = "give the router's address in the network %s/%d" % (_text(first), bits)
        errors.append((place + ": gateway", _text(gateway), remedy))
    dns = gateway if dns is None else dns
    return [_text(each) for each in (own, mask, gateway, dns)]


def _text(address):
    return ".".join([str(address >> shift & 255) for shift in (24, 16, 8, 0)])
