"""Access points as HERE Tracking's `scan.wlan` takes them, from what WLAN.scan() returns.

Left out are those whose owners object (an SSID that ends in `_nomap`) and those with a locally
administered address, which are phones and other things that move (IEEE 802, bit 1 of the first
octet). A hidden one shows no name to object with: it counts like any other.
"""

from micropython import const

COUNT_MAX = const(20)
# One access point alone is never positioned.
_COUNT_MIN = const(2)
_NOT_STATION = const(0x03)


def access_points(found: list, count_max: int = COUNT_MAX) -> list:
    """Return [{"mac", "powrx", "band"}], the strongest first; [] where fewer than two are left.

    `found` are the chip's tuples (ssid, bssid, channel, RSSI in dBm, security, hidden), of which
    the strongest of each address counts. `powrx` is in dBm, `band` in GHz.
    """
    strongest = {}
    for ssid, bssid, channel, rssi, _, _ in found:
        bssid = bytes(bssid)
        if not _is_fixed(bytes(ssid), bssid):
            continue
        powrx = min(max(int(rssi), -128), 0)
        if bssid not in strongest or powrx > strongest[bssid][0]:
            strongest[bssid] = (powrx, channel)
    if len(strongest) < _COUNT_MIN:
        return []
    order = sorted([(-powrx, bssid, channel) for bssid, (powrx, channel) in strongest.items()])
    return [_entry(*each) for each in order[:count_max]]


def _is_fixed(ssid, bssid):
    """Return whether an access point does not move and its owner does not object."""
    # Some drivers fill a name up with zeros.
    named = ssid.rstrip(b"\0")
    # An address of a group, the other bit, belongs to no access point.
    return len(bssid) == 6 and not bssid[0] & _NOT_STATION and not named.endswith(b"_nomap")


def _entry(loss, bssid, channel):
    entry = {"mac": ":".join(["%02x" % octet for octet in bssid]), "powrx": -loss}
    if 1 <= channel <= 14:
        entry["band"] = 2.4
    elif 32 <= channel <= 177:
        entry["band"] = 5
    return entry
