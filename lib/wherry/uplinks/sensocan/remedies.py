"""Remedies for SensoCan's refusals. Loaded after a refusal."""

_REMEDIES = {
    401: "check token against Device Details > Credentials",
    403: "check token against Device Details > Credentials",
    404: "check device_uuid, and the channel's slug or UUID in names",
}


def remedy(status: int) -> str:
    """Return the remedy for a status that does not accuse a reading."""
    if 300 <= status < 400:
        return "redirects are refused; put the server's own address into endpoint"
    return _REMEDIES.get(status, "check endpoint")
