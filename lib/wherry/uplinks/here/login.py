"""HERE's login and time request. Loaded on demand."""

from binascii import hexlify
from os import urandom

from micropython import const

from wherry.http.request import Request, make_request

# From 1970 to 2000.
_UNIX_S = const(946_684_800)


def request(asked: str, settings: dict, session) -> Request:
    """Return the request for a "token" or the "time"."""
    if asked == "time":
        return make_request("GET", settings["endpoint"] + "/v2/timestamp")
    unix_s = _UNIX_S + session.now[0] + session.diff_s
    nonce = str(hexlify(urandom(12)), "ascii")
    signed = settings["signing_url"] + "/v2/token"
    identity = settings["device_id"], settings["device_secret"]
    from wherry.uplinks.here import oauth

    header = oauth.authorization("POST", signed, *identity, nonce, unix_s)
    url = settings["endpoint"] + "/v2/token"
    return make_request("POST", url, (("Authorization", header),), 0)
