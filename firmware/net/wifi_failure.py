"""The error text for Wi-Fi networks that could not be joined. Loaded on demand.

Status codes: wifi_err_reason_t of ESP-IDF, and network.WLAN.
"""

_WORDS = {
    2: "the access point ended the authentication",
    15: "wrong password, or a weak signal",
    200: "signal lost",
    201: "network not found",
    202: "wrong password, or a weak signal",
    203: "the access point refused the connection",
    204: "wrong password, or a weak signal",
    210: "no access point with this security",
    211: "no access point with this security",
    212: "signal too weak",
    1000: "no answer",
    1001: "no answer, or no address from DHCP",
}


def words(failures) -> str:
    """Return the text for [(network name, last status)], one reason per network."""
    return "Wi-Fi: " + "; ".join(["%s: %s" % (name, _reason(code)) for name, code in failures])


def _reason(code):
    return "%s (status %d)" % (_WORDS.get(code, "failed"), code)
