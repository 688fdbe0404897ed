"""The Bluetooth beacons around a board, and the advertisements that a scan receives."""

from wherry_host.virtual.wifi import WifiError

#: Address type 1 is a random address; `data` is the advertisement in hex, at most 31 bytes.
BEACON = {
    "address": "00:1a:7d:da:71:13",
    "type": 0,
    "rssi": -70,
    "data": "020106",
    "every_ms": 1000,
}
_NON_CONNECTABLE = 3
_JITTER_DBM = 3


def heard(beacons, duration_ms, chance):
    """Return [(ms, (address type, address, advertisement type, dBm, data))] in order of time.

    An advertisement is delayed by up to 10 ms, as Bluetooth requires, and its signal level varies.
    """
    if beacons is None:
        raise WifiError("this board has no Bluetooth")
    found = []
    for entry in beacons:
        beacon = {**BEACON, **entry}
        content = beacon["address"].replace(":", ""), _NON_CONNECTABLE
        at_ms = chance.randrange(beacon["every_ms"])
        while at_ms < duration_ms:
            rssi = beacon["rssi"] - chance.randrange(_JITTER_DBM + 1)
            found.append((at_ms, (beacon["type"], *content, rssi, beacon["data"])))
            at_ms += beacon["every_ms"] + chance.randrange(11)
    return sorted(found)
