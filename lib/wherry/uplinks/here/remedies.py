"""Remedies for HERE's refusals. Loaded after a refusal."""

_LOGIN = {
    400: "check device_id",
    401: "check device_secret, and signing_url if there is one",
    403: "the account lacks the right: check the device's licence in HERE's dashboard",
    404: "no licence for this device_id: check it",
    412: "claim the device in HERE's dashboard; until then nothing is sent",
}
_BATCH = {
    401: "a fresh token is refused: check the device in HERE's dashboard",
    403: "the account lacks the right: check the device's licence in HERE's dashboard",
    412: "claim the device in HERE's dashboard; until then nothing is sent",
}
_REDIRECT = "redirects are refused; put the server's own address into endpoint"


def remedy(asked, status: int) -> str:
    """Return the remedy for a DENIED; `asked` is "token", "time", or "" for a batch."""
    if 300 <= status < 400:
        return _REDIRECT
    return (_LOGIN if asked else _BATCH).get(status, "check endpoint")
