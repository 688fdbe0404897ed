"""Finds the strongest access points: without a BSSID the driver joins the first one it hears."""


def strongest(wlan):
    """Return {SSID: BSSID of its strongest access point}, both bytes; {} if no scan is possible.

    A scan takes 2.5 s. Hidden networks have an empty SSID.
    """
    best = {}
    try:
        found = wlan.scan()
    except (OSError, RuntimeError):
        return best  # The driver is busy; any access point will do.
    for ssid, bssid, _, rssi, _, _ in found:
        if ssid not in best or rssi > best[ssid][0]:
            best[ssid] = rssi, bssid
    return {ssid: best[ssid][1] for ssid in best}
