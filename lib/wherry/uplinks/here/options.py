"""The options of a HERE Tracking uplink, loaded by the configuration checker.

Addresses are as in the vendor's OpenAPI descriptions.
"""

from wherry.http.head import split_url
from wherry.uplinks.uuid import is_uuid

OPTIONS = {
    "device_id": ("text", ..., 1, 60),
    "device_secret": ("secrets", ...),
    "endpoint": ("url", "https://tracking.api.here.com"),
    "signing_url": ("url", None),
    "ca": ("files", ["auto"]),
    "allow_plain_http": ("bool", False),
    "async": ("bool", False),
    "mode": ("choice", "log", "log", "trusting"),
    "on_doubt": ("choice", "resend", "resend", "skip"),
    "reported": ("names", {}),
    "state_age_max": ("duration", 600000, 10000, 86400000),
    "wlan_scan": ("bool", False),
    "bluetooth_scan": ("bool", False),
    "gsm_scan": ("bool", False),
    "shadow_payload": ("keys", []),
    "shadow_sample_every_min": ("duration", 1000, 1000, 86400000),
    "shadow_send_every_min": ("duration", 10000, 1000, 86400000),
    "accept_wifi": ("bool", False),
}

_READABLE = "write https://, or add allow_plain_http = true: the token is then sent unencrypted"
_UUID = "give the device's id from its licence: 36 characters with four dashes"


def complete(options: dict, wrong) -> None:
    """Remove /v2 from `endpoint` and `signing_url`, and check `reported`, {member: channel}.

    Errors go to `wrong(key, seen, remedy)`. An option already reported as wrong is `...`.
    """
    if options["device_id"] is not ... and not is_uuid(options["device_id"]):
        from wherry.config.messages import shown

        wrong("device_id", shown("text", options["device_id"]), _UUID)
    if options["endpoint"] is not ...:
        leave = options["allow_plain_http"]
        options["endpoint"] = _base("endpoint", options["endpoint"], leave, wrong)
    if options["signing_url"] is None:
        options["signing_url"] = options["endpoint"]
    elif options["signing_url"] is not ...:
        # Nothing is ever sent there.
        options["signing_url"] = _base("signing_url", options["signing_url"], True, wrong)
    if options["reported"] is not ... and options["reported"]:
        _check_reported(options["reported"], wrong)


def trial(options: dict, name: str, time: str) -> tuple:
    """Return a request (method, URL, headers, body) for HERE's time; see uplinks/__init__.py."""
    return "GET", options["endpoint"] + "/v2/timestamp", (), b""


def proves(status: int, members: dict) -> bool:
    """Return whether an answer to `trial` is HERE's."""
    return status == 200 and type(members.get("timestamp")) is int


def _base(key, url, allow_plain_http, wrong):
    """Return the address without /v2 and the path after it; report an invalid address.

    A default port is left out, because it is not signed (RFC 5849, section 3.4.1.2).
    """
    fault = None
    base = url.rstrip("/")
    for end in ("/token", "/timestamp", "/v2"):
        if base.lower().endswith(end):
            base = base[: -len(end)].rstrip("/")
    try:
        secure, _, port, path = split_url(base)
        if path != "/":
            fault = "give the server only, such as https://tracking.api.here.com"
        elif not secure and allow_plain_http is False:
            fault = _READABLE
        elif port == (443 if secure else 80) and base.count(":") > 1:
            base = base[: base.rfind(":")]
    except ValueError as error:
        fault = "give the server's address: %s" % error
    if fault:
        from wherry.config.messages import shown

        wrong(key, shown("url", url), fault)
    return base


def _check_reported(reported, wrong):
    from wherry.text import is_text
    from wherry.uplinks.here.state import MEMBERS

    for member in sorted(map(str, reported)):
        if member not in MEMBERS:
            from wherry.config.messages import nearest, one_line

            shown_member = one_line(member) or '""'
            wrong("reported: " + shown_member, "unknown key", nearest(member, MEMBERS))
        elif not is_text(reported[member], 1, 100):
            from wherry.config.messages import shown

            remedy = 'give the name of a channel, such as "air_temperature"'
            wrong("reported: " + member, shown("text", reported[member]), remedy)
