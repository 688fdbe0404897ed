"""One point sent to a node's server from this computer, to see that address and key are right."""

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
    """A point that the server has not taken; the text has the reason and what helps."""


def send(uplink, roots, name):
    """Send one point of a node to its Harbor uplink, and return a line about it.

    `uplink` is the typed section, `roots` are DER certificates to trust. Other kinds of servers
    take only channels that were made there before: for them the connection alone is tried.
    Raises PointError.
    """
    context = ssl.create_default_context(cadata=b"".join(roots))
    kind, url = uplink["kind"], uplink["endpoint"]
    try:
        with httpx.Client(verify=context, timeout=_TIMEOUT_S, trust_env=False) as client:
            if kind != "harbor":
                client.get(url)
                return f"The server at {url} answers, and its certificate is right."
            answer = client.post(url, json=_point(name), headers=_headers(uplink))
    except httpx.HTTPError as error:
        text = str(error).partition("\n")[0] or type(error).__name__
        raise PointError(f"{url}: {text}; correct the address, or give its CA") from None
    if not answer.is_success:
        remedy = _REMEDIES.get(answer.status_code, "correct the address or the key")
        raise PointError(f"{url}: HTTP {answer.status_code} {_note(answer)}; {remedy}")
    return f"The server has taken a test point: {CHANNEL} = 1 of {name}."


def _point(name):
    return {"time": now_text(), "ship_id": name, "cargo_id": CHANNEL, "value": 1}


def _headers(uplink):
    key = uplink["api_key"]
    return {"X-API-Key": key if isinstance(key, str) else key[0]}


def _note(answer):
    """Return the start of an answer's text, as one line that a terminal can be given."""
    text = " ".join(answer.text.split())[:100]
    return f"({text})" if text.isprintable() and text else ""
