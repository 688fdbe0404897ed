"""An access point near a board: {"ssid", "password", "bssid", "channel", "rssi"}.

With "range", such as "10.0.0", its DHCP assigns other addresses, and it drops packets from other
networks' addresses. With "hidden", a scan does not show its name.
"""

_SEC_OPEN, _SEC_WPA2 = 0, 3
#: The first three numbers of each address, by default.
RANGE = "192.168.4"


def bssid(point):
    """Return the six bytes of the access point's BSSID."""
    return bytes.fromhex(point["bssid"].replace(":", ""))


def lease(point):
    """Return the addresses that its DHCP assigns, in the form of ifconfig."""
    router = _range(point) + ".1"
    return _range(point) + ".23", "255.255.255.0", router, router


def fits(point, address):
    """Return True if an address belongs to its network."""
    return address.startswith(_range(point) + ".")


def scanned(point):
    """Return the access point as a scan reports it."""
    security = _SEC_WPA2 if point["password"] else _SEC_OPEN
    is_hidden = point.get("hidden", False)
    ssid = b"" if is_hidden else point["ssid"].encode()
    return ssid, bssid(point), point["channel"], point["rssi"], security, is_hidden


def _range(point):
    return point.get("range", RANGE)
