"""The options of a SensoCan uplink, loaded by the configuration checker.

Addresses and places in the dashboard are as on docs.sensocan.com/developer/http-api.
"""

from wherry.http.head import split_url

CHANNELS_DEFAULT = "sensors"
# A channel that the server does not know is held, and the others continue.
HOLDS_CHANNELS = True
OPTIONS = {
    "device_uuid": ("text", None, 1, 100),
    "token": ("secrets", ...),
    "endpoint": ("url", "https://api.sensocan.com/api/v1"),
    "ca": ("files", ["auto"]),
    "allow_plain_http": ("bool", False),
    "battery": ("text", "battery_voltage", 0, 100),
    "on_doubt": ("choice", "resend", "resend", "skip"),
}

_OVERVIEW = "give the UUID that the dashboard shows below Device Details > Overview"
_READABLE = "write https://, or add allow_plain_http = true: the token is then sent unencrypted"


def complete(options: dict, wrong) -> None:
    """Strip `endpoint`, and set `battery` to its channel's name at the server.

    Errors go to `wrong(key, seen, remedy)`. An option already reported as wrong is `...`.
    """
    uuid = options["device_uuid"]
    from wherry.uplinks.uuid import is_uuid

    if uuid is None:
        wrong("device_uuid", "missing", _OVERVIEW)
    elif uuid is not ... and not is_uuid(uuid):
        wrong("device_uuid", _shown("text", uuid), _OVERVIEW)
    names, battery = options["names"], options["battery"]
    if names is not ... and battery is not ... and battery in names:
        options["battery"] = names[battery]
    if options["endpoint"] is not ...:
        options["endpoint"] = _bare(options["endpoint"], options["allow_plain_http"], wrong)


def trial(options: dict, name: str, time: str) -> tuple:
    """Return a request (method, URL, headers, body) without a reading; see uplinks/__init__.py.

    SensoCan checks the token and the device before it refuses an empty batch.
    """
    token = options["token"]
    head = (
        ("Authorization", "Bearer " + (token[0] if type(token) is list else token)),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
    )
    url = "%s/devices/%s/readings" % (options["endpoint"], options["device_uuid"])
    return "POST", url, head, b'{"data":[]}'


def proves(status: int, members: dict) -> bool:
    """Return whether an answer to `trial` is SensoCan's, for a known device."""
    return status == 422 and type(members.get("errors")) is dict


def _bare(url, allow_plain_http, wrong):
    """Return the address without a trailing slash; report an invalid address."""
    fault = None
    try:
        secure, _, _, path = split_url(url)
        if "?" in url or "/devices" in path.lower():
            fault = "give the address up to /api/v1; device_uuid and names supply the rest"
        elif path.strip("/") == "":
            fault = "give the address with its path, such as https://api.sensocan.com/api/v1"
        elif not secure and allow_plain_http is False:
            fault = _READABLE
    except ValueError as error:
        fault = "give the server's address: %s" % error
    if fault:
        wrong("endpoint", _shown("url", url), fault)
    return url.rstrip("/")


def _shown(kind, value):
    from wherry.config.messages import shown

    return shown(kind, value)
