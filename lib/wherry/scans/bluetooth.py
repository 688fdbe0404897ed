"""Bluetooth beacons in the form of HERE Tracking's `scan.bt`, from advertisements.

An advertisement is a list of structures: size, type, content (Bluetooth Core Supplement, part A).
Two types carry an id: service data 0xFEAA with an Eddystone-UID frame (google/eddystone,
eddystone-uid: type 0x00, power, 10 bytes of namespace, 6 of instance) and Apple's manufacturer
data with an iBeacon (0x02 0x15, UUID, major, minor, power). A random address belongs to a phone,
or at least changes. It counts only with such an id, and is then identified by the id alone.
"""

from binascii import b2a_base64

from micropython import const

COUNT_MAX = const(20)
_HEARD_MAX = const(48)
_PUBLIC = const(0)
# The controller's value for an unknown level.
_NO_LEVEL = const(127)

# Type, prefix and least size of the content, start and end of the id in it, HERE's name for it.
_BEACONS = (
    (0x16, b"\xaa\xfe\x00", 20, 4, 20, "eddystoneId"),
    (0xFF, b"\x4c\x00\x02\x15", 25, 4, 24, "iBeaconId"),
)


def beacon_id(adv_data: bytes):
    """Return ("eddystoneId" or "iBeaconId", the id in base64), or None without an id."""
    at = 0
    while at < len(adv_data):
        end = at + 1 + adv_data[at]
        # A size of zero ends the data early; a size past its end is an error.
        if end == at + 1 or end > len(adv_data):
            return None
        content = adv_data[at + 2 : end]
        for kind, begins, size_min, id_begin, id_end, name in _BEACONS:
            if (
                adv_data[at + 1] == kind
                and content.startswith(begins)
                and len(content) >= size_min
            ):
                return name, b2a_base64(content[id_begin:id_end])[:-1].decode()
        at = end
    return None


def keep(heard: dict, addr_type: int, addr, rssi: int, adv_data) -> None:
    """Keep an advertisement if it is useful; `heard` grows to a bounded number of addresses.

    `addr` and `adv_data` may be views that are invalid after the call. An address keeps its
    highest level (dBm) and the id that any of its advertisements carried.
    """
    if rssi == _NO_LEVEL or len(addr) != 6:
        return
    found = beacon_id(bytes(adv_data))
    if addr_type != _PUBLIC and not found:
        return
    addr = bytes(addr)
    known = heard.get(addr)
    if known:
        rssi = max(rssi, known[0])
        found = found or known[1]
    elif len(heard) >= _HEARD_MAX:
        weakest = min([(entry[0], other) for other, entry in heard.items()])
        if weakest[0] >= rssi:
            return
        del heard[weakest[1]]
    heard[addr] = (rssi, found)


def beacons(heard: dict, count_max: int = COUNT_MAX) -> list:
    """Return [{"rss", and one of "mac", "eddystoneId", "iBeaconId"}], the strongest first.

    `rss` is in dBm. A beacon that changes its address is recognised by its id.
    """
    strongest = {}
    for addr, (rssi, found) in heard.items():
        found = found or ("mac", ":".join(["%02x" % octet for octet in addr]))
        strongest[found] = max(rssi, strongest.get(found, rssi))
    order = sorted([(-rssi, found) for found, rssi in strongest.items()])
    return [
        {"rss": min(max(-loss, -128), 0), found[0]: found[1]} for loss, found in order[:count_max]
    ]
