"""What to do about SensoCan's refusals. Loaded when one has come."""

_REMEDIES = {
    401: "check token against Device Details > Credentials",
    403: "check token against Device Details > Credentials",
    404: "check device_uuid, and the channel's slug or UUID in names",
}


def remedy(status: int) -> str:
    """Return what to do about a status that is no reading's fault."""
    if 300 <= status < 400:
        return "redirects are refused; put the server's own address into endpoint"
    return _REMEDIES.get(status, "check endpoint")
