"""Access points in the form of HERE Tracking's `scan.wlan`, from the result of WLAN.scan().

Access points whose owners object (an SSID that ends in `_nomap`) are omitted, as are those with a
locally administered address, which are phones and other moving devices (IEEE 802, bit 1 of the
first octet). A hidden access point cannot object by its name and counts like any other.
"""

from micropython import const

COUNT_MAX = const(20)
# HERE never finds a position from a single access point.
_COUNT_MIN = const(2)
_NOT_STATION = const(0x03)


def access_points(found: list, count_max: int = COUNT_MAX) -> list:
    """Return [{"mac", "powrx", "band"}], the strongest first; [] if fewer than two are left.

    `found` are the chip's tuples (ssid, bssid, channel, RSSI in dBm, security, hidden); the
    strongest of each address counts. `powrx` is in dBm, `band` in GHz.
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
    """Return True if an access point does not move and its owner does not object."""
    # Some drivers pad a name with zeros.
    named = ssid.rstrip(b"\0")
    # Bit 0 marks a group address, which never belongs to an access point.
    return len(bssid) == 6 and not bssid[0] & _NOT_STATION and not named.endswith(b"_nomap")


def _entry(loss, bssid, channel):
    entry = {"mac": ":".join(["%02x" % octet for octet in bssid]), "powrx": -loss}
    if 1 <= channel <= 14:
        entry["band"] = 2.4
    elif 32 <= channel <= 177:
        entry["band"] = 5
    return entry
