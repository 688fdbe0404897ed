"""Send one point to a node's server from this computer, to check the address and the key."""

import json
import ssl

import httpx

from wherry_host.errors import ToolError
from wherry_host.reading_text import now_text

CHANNEL = "wherry_test"
_TIMEOUT_S = 15
_REMEDIES = {
    401: "copy the key from the dashboard again",
    403: "copy the key from the dashboard again",
    404: "correct the harbor id or the address",
    429: "the server is busy: try again in a minute",
}


class PointError(ToolError):
    """The server has not accepted the point; the message has the reason and a remedy."""


def send(uplink, roots, name):
    """Send one point of a node to its Harbor uplink, and return a line about the result.

    `uplink` is the typed section, `roots` are DER certificates to trust. Other kinds of servers
    accept only channels that were created there before, so only their connection is tested. Raises
    PointError.
    """
    context = ssl.create_default_context(cadata=b"".join(roots))
    kind, url = uplink["kind"], uplink["endpoint"]
    try:
        with httpx.Client(verify=context, timeout=_TIMEOUT_S, trust_env=False) as client:
            request = request_of(uplink, name)
            answer = client.request(*request[:2], headers=request[2], content=request[3])
            if kind != "harbor":
                return f"The server at {url} answers, and its certificate is valid."
    except httpx.HTTPError as error:
        text = str(error).partition("\n")[0] or type(error).__name__
        raise PointError(f"{url}: {text}; correct the address, or give its CA") from None
    if not answer.is_success:
        raise PointError(f"{url}: {'; '.join(refusal(answer.status_code, answer.text))}")
    return f"The server stored a test point: {CHANNEL} = 1 of {name}."


def request_of(uplink, name):
    """Return (method, URL, headers, body) of a test request to the server of a typed uplink."""
    if uplink["kind"] != "harbor":
        return "GET", uplink["endpoint"], {}, b""
    point = {"time": now_text(), "ship_id": name, "cargo_id": CHANNEL, "value": 1}
    key = uplink["api_key"]
    headers = {
        "X-API-Key": key if isinstance(key, str) else key[0],
        "Content-Type": "application/json",
    }
    return "POST", uplink["endpoint"], headers, json.dumps(point).encode()


def refusal(status, text):
    """Return (meaning of a server's refusal of a point, remedy)."""
    remedy = _REMEDIES.get(status, "correct the address or the key")
    # The answer becomes one line that is safe for a terminal.
    start = " ".join(text.split())[:100]
    note = f" ({start})" if start.isprintable() and start else ""
    return f"HTTP {status}{note}", remedy
