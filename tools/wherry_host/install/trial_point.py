"""Test a node's server with one request, to check the address and the key.

A Harbor server stores a point. Other servers accept only channels that were created there before,
so their request has no reading. The request and the answer that proves the server are in
lib/wherry/uplinks/KIND/options.py; a point's answer is judged as on the node.
"""

import ssl
from dataclasses import dataclass

import httpx
from wherry.http import content
from wherry.sending import verdict
from wherry.uplinks.harbor.options import TRIAL_CHANNEL as CHANNEL

from wherry_host.compile import dialects
from wherry_host.errors import ToolError
from wherry_host.reading_text import now_text

_TIMEOUT_S = 15
_REMEDIES = {
    401: "copy the key from the dashboard again",
    403: "copy the key from the dashboard again",
    404: "correct the id or the address",
    429: "the server is busy: try again in a minute",
}
_STORED = f"stored a test point, {CHANNEL} = 1"
_OTHER = "another server answers: correct the address, or sign in to the network first"


class PointError(ToolError):
    """The server has not accepted the point; the message has the reason and a remedy."""


@dataclass
class Answer:
    """An answer as a dialect judges it: headers by lower-case name, the first KB of the body."""

    status: int
    headers: dict
    body: bytes

    @property
    def body_size(self):
        """The size of the body."""
        return len(self.body)


def send(uplink, roots, name):
    """Send the test of an uplink, and return a line about the result. Raises PointError.

    `uplink` is the typed section, `roots` are DER certificates to trust, `name` is the node's.
    """
    context = ssl.create_default_context(cadata=b"".join(roots))
    url = uplink["endpoint"]
    method, address, headers, body = request_of(uplink, name)
    try:
        with httpx.Client(verify=context, timeout=_TIMEOUT_S, trust_env=False) as client:
            answer = client.request(method, address, headers=dict(headers), content=body)
    except httpx.HTTPError as error:
        text = str(error).partition("\n")[0] or type(error).__name__
        raise PointError(f"{url}: {text}; correct the address, or give its CA") from None
    seen = Answer(answer.status_code, dict(answer.headers), answer.content)
    is_right, text, remedy = judged(uplink, seen)
    if not is_right:
        raise PointError(f"{url}: {text}; {remedy}")
    if text == _STORED:
        return f"The server stored a test point: {CHANNEL} = 1 of {name}."
    return f"The server at {url} {text}, and its certificate is valid."


def request_of(uplink, name):
    """Return the test request of a typed uplink: method, URL, pairs of headers, body."""
    options = dialects.options(uplink["kind"])
    if not hasattr(options, "trial"):
        return "GET", uplink["endpoint"], (), b""
    return options.trial(uplink, name, now_text())


def judged(uplink, answer):
    """Return (whether the server is right, text, remedy or "") for an Answer to the request."""
    options = dialects.options(uplink["kind"])
    if not hasattr(options, "trial"):
        return True, f"answers (HTTP {answer.status})", ""
    found = content.read(answer)
    if hasattr(options, "proves"):
        is_right, text = options.proves(answer.status, found[1]), "answers as it should"
    else:
        settings = {key: value for key, value in uplink.items() if not key.startswith("gzip")}
        kind, _ = dialects.dialect(uplink["kind"]).judge(settings, None, answer, 1)
        is_right, text = kind == verdict.DELIVERED, _STORED
    return (True, text, "") if is_right else (False, *_refusal(answer, found))


def _refusal(answer, found):
    """Return (meaning of an answer that proves nothing, remedy)."""
    status = answer.status
    if status < 300 or found[0] == content.PAGE:
        return content.note(status, found), _OTHER
    # The answer becomes one line that is safe for a terminal.
    start = " ".join(bytes(answer.body).decode("utf-8", "replace").split())[:100]
    note = f" ({start})" if start.isprintable() and start else ""
    return f"HTTP {status}{note}", _REMEDIES.get(status, "correct the address or the key")
